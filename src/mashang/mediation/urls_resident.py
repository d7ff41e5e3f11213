"""The addresses of the parties of a mediation."""

from django.urls import path

from mashang.mediation import views_resident

urlpatterns = [
    path("mediation/p/<str:token>", views_resident.party_page, name="mediation_party"),
    path("mediation/p/<str:token>/agreement", views_resident.paper, name="mediation_paper"),
    path(
        "mediation/p/<str:token>/application",
        views_resident.application,
        name="mediation_application",
    ),
    path(
        "mediation/p/<str:token>/records/<int:key>", views_resident.record, name="mediation_record"
    ),
    path("mediation/<str:code>/new", views_resident.apply, name="mediation_apply"),
]
