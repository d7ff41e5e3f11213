"""What a notice says, and the demonstration's phone."""

from django.urls import path

from mashang.messaging import views_resident

urlpatterns = [
    path("n/<str:token>", views_resident.public_notice, name="public_notice"),
    path("phone", views_resident.phone, name="phone"),
    path("phone/feed", views_resident.phone_feed, name="phone_feed"),
]
