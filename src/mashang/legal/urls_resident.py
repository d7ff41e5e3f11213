"""The addresses of legal help for everybody."""

from django.urls import path

from mashang.legal import views_asking, views_doors, views_resident

urlpatterns = [
    path("legal/ask", views_asking.ask, name="legal_ask"),
    path("legal", views_resident.home, name="legal"),
    path("legal/mediation", views_doors.mediation, name="legal_mediation"),
    path("legal/answers", views_resident.answers, name="legal_answers"),
    path("legal/answers/<int:key>", views_resident.answer, name="legal_answer"),
    path("legal/papers/<str:paper>", views_resident.document, name="legal_document"),
    path("legal/ask-yourself/<str:code>", views_resident.flow, name="legal_flow"),
    path(
        "legal/ask-yourself/<str:code>/calendar.ics", views_resident.reminder, name="legal_calendar"
    ),
]
