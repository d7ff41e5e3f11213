"""What many reported, for residents."""

from django.urls import path

from mashang.knowledge.topics import views_resident

urlpatterns = [path("topics", views_resident.topics, name="public_topics")]
