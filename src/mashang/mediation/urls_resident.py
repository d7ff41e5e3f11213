"""The addresses of the two sides of a mediation."""

from django.urls import path

from mashang.mediation import views_resident

urlpatterns = [
    path("mediation/p/<str:token>", views_resident.party_page, name="mediation_party"),
    path("mediation/p/<str:token>/agreement", views_resident.paper, name="mediation_paper"),
    path("mediation/<str:code>/new", views_resident.apply, name="mediation_apply"),
]
