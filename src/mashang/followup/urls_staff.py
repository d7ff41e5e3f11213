"""Follow-up, and what has climbed to a leader."""

from django.urls import path

from mashang.cases.views_binding import at_desk, by_link
from mashang.followup import views_climbed, views_staff

QUEUE, CLIMBED = "desk/follow-up", "desk/climbed"

urlpatterns = [
    path(QUEUE, views_staff.queue, name="follow_up"),
    path(f"{QUEUE}/units", views_staff.units, name="follow_up_units"),
    path(f"{QUEUE}/draws", views_staff.draws, name="follow_up_draws"),
    path(f"{QUEUE}/draws/<str:day>/<str:county>", views_staff.draw, name="follow_up_draw"),
    path(f"{QUEUE}/<int:pk>", views_staff.call, name="follow_up_call"),
    path(f"{QUEUE}/<int:pk>/call", views_staff.phone, name="follow_up_phone"),
    path(f"{QUEUE}/<int:pk>/outcome", views_staff.outcome, name="follow_up_outcome"),
    path(CLIMBED, views_climbed.climbed, name="climbed"),
    path(f"{CLIMBED}/<str:number>", at_desk(views_climbed.climbed_case), name="climbed_case"),
    path("o/<str:token>/climbed", by_link(views_climbed.climbed_case), name="order_climbed"),
]
