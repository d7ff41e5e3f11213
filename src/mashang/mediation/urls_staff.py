"""The committee's addresses; one mediation has the address of every case."""

from django.urls import path

from mashang.mediation import views_staff

urlpatterns = [
    path("desk/mediations", views_staff.listed, name="desk_mediations"),
    path("desk/mediations/new/<str:code>", views_staff.propose, name="mediation_propose"),
    path("desk/mediations/<str:number>/agreement", views_staff.paper, name="desk_agreement"),
    path(
        "desk/mediations/<str:number>/application",
        views_staff.application,
        name="desk_mediation_application",
    ),
    path(
        "desk/mediations/<str:number>/records/<int:key>",
        views_staff.record_paper,
        name="desk_mediation_record",
    ),
]
