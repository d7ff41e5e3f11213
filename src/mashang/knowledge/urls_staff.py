"""What many report, at the desk."""

from django.urls import path

from mashang.knowledge.topics import views_staff

TOPICS = "desk/topics"

urlpatterns = [
    path(TOPICS, views_staff.topics, name="topics"),
    path(f"{TOPICS}/<int:pk>", views_staff.topic, name="topic"),
    path(f"{TOPICS}/<int:pk>/merge", views_staff.merge, name="topic_merge"),
    path(f"{TOPICS}/<int:pk>/publish", views_staff.publish, name="topic_publish"),
    path(f"{TOPICS}/<int:pk>/supervise", views_staff.supervise, name="topic_supervise"),
]
