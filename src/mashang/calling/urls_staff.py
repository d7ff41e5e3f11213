"""The button, by the link in an SMS and at the desk."""

from django.urls import path

from mashang.calling import views_staff
from mashang.cases.views_binding import at_desk, by_link

urlpatterns = [
    path("o/<str:token>/ring", by_link(views_staff.ring), name="order_ring"),
    path("desk/cases/<str:number>/ring", at_desk(views_staff.ring), name="desk_case_ring"),
]
