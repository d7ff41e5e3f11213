"""The addresses at which services are kept."""

from django.urls import path

from mashang.directory import views_staff

urlpatterns = [
    path("desk/services", views_staff.services, name="desk_services"),
    path("desk/services/new", views_staff.edited, name="desk_service_new"),
    path("desk/services/<int:key>", views_staff.edited, name="desk_service"),
    path("desk/services/<int:key>/checked", views_staff.checked, name="desk_service_checked"),
]
