"""Estates at the desk."""

from django.urls import path

from mashang.estates import views_staff

ESTATES = "desk/estates"

urlpatterns = [
    path(ESTATES, views_staff.estates, name="desk_estates"),
    path(f"{ESTATES}/<str:code>", views_staff.estate, name="desk_estate"),
    path(f"{ESTATES}/<str:code>/topics", views_staff.raised, name="estate_topic_raise"),
    path(f"{ESTATES}/<str:code>/topics/<int:pk>", views_staff.topic, name="estate_topic"),
]
