"""The committee's addresses; one mediation has the address of every case."""

from django.urls import path

from mashang.mediation import views_staff

urlpatterns = [
    path("desk/mediations", views_staff.listed, name="desk_mediations"),
    path("desk/mediations/new/<str:code>", views_staff.propose, name="mediation_propose"),
    path("desk/mediations/<str:number>/agreement", views_staff.paper, name="desk_agreement"),
]
