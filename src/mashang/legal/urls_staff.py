"""The addresses of legal help at the desk."""

from django.urls import path

from mashang.legal import views_guides, views_staff

urlpatterns = [
    path("desk/legal", views_staff.desk, name="desk_legal"),
    path("desk/legal/flows", views_staff.flows, name="desk_legal_flows"),
    path("desk/legal/flows/file", views_staff.flow_file, name="desk_legal_flow_file"),
    path("desk/legal/flows/load", views_staff.load, name="desk_legal_flow_load"),
    path(
        "desk/legal/flows/<str:code>/<int:number>", views_staff.flow_version, name="desk_legal_flow"
    ),
    path("desk/legal/flows/<str:code>/<int:number>/sign", views_staff.sign, name="desk_legal_sign"),
    path("desk/legal/interests", views_staff.interests, name="desk_legal_interests"),
    path("desk/legal/publish/<str:number>", views_staff.draft, name="desk_legal_draft"),
    path("desk/legal/publications", views_staff.publications, name="desk_legal_publications"),
    path("desk/legal/publications/<int:key>", views_staff.decide, name="desk_legal_decide"),
    path("desk/legal/guides", views_guides.guides, name="desk_legal_guides"),
    path("desk/legal/guides/new", views_guides.guide, name="desk_legal_guide_new"),
    path("desk/legal/guides/<int:key>", views_guides.guide, name="desk_legal_guide"),
]
