"""Signing in and out."""

from django.urls import path

from mashang.people import views_staff

urlpatterns = [
    path("staff/sign-in", views_staff.sign_in, name="sign_in"),
    path("staff/sign-out", views_staff.sign_out, name="sign_out"),
]
