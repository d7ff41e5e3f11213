from django.urls import path

from mashang.operations import views

urlpatterns = [path("healthz", views.health, name="health")]
