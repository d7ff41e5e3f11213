"""The portal's addresses: the first page, finding a place, help, and how pages are shown."""

from django.urls import path

from mashang.portal import views_resident

urlpatterns = [
    path("", views_resident.home, name="home"),
    path("find", views_resident.find_place, name="find_place"),
    path("services", views_resident.services, name="services"),
    path("services/<str:code>", views_resident.services, name="services_of"),
    path("help", views_resident.help_page, name="help"),
    path("privacy", views_resident.privacy, name="privacy"),
    path("display", views_resident.display, name="display"),
]
