"""The desk."""

from django.urls import path

from mashang.workbench import views_staff

urlpatterns = [path("desk", views_staff.desk, name="desk")]
