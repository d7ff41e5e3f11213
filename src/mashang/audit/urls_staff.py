"""The auditor's page."""

from django.urls import path

from mashang.audit import views_staff

urlpatterns = [
    path("desk/audit", views_staff.register, name="audit"),
    path("desk/audit/export", views_staff.export, name="audit_export"),
]
