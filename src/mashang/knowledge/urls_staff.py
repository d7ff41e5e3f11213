"""What many report, at the desk; drafts by a machine, beside the order's other pages."""

from django.urls import path

from mashang.cases.urls_staff import CASE, LINK
from mashang.cases.views_binding import at_desk, by_link
from mashang.knowledge.drafting import views_staff as drafting
from mashang.knowledge.topics import views_staff

TOPICS = "desk/topics"

urlpatterns = [
    path(f"{LINK}/draft", by_link(drafting.page), name="order_draft"),
    path(f"{CASE}/draft", at_desk(drafting.page), name="desk_case_draft"),
    path(TOPICS, views_staff.topics, name="topics"),
    path(f"{TOPICS}/<int:pk>", views_staff.topic, name="topic"),
    path(f"{TOPICS}/<int:pk>/merge", views_staff.merge, name="topic_merge"),
    path(f"{TOPICS}/<int:pk>/publish", views_staff.publish, name="topic_publish"),
    path(f"{TOPICS}/<int:pk>/supervise", views_staff.supervise, name="topic_supervise"),
]
