"""The addresses of one order: by the link in an SMS, and at the desk."""

from django.urls import path

from mashang.cases import views_binding, views_filing_for, views_handing_over, views_staff
from mashang.cases.views_binding import at_desk, by_link

LINK, CASE = "o/<str:token>", "desk/cases/<str:number>"

urlpatterns = [
    path(LINK, by_link(views_staff.show), name="order"),
    path(f"{LINK}/code", views_binding.send_order_code, name="order_code"),
    path(f"{LINK}/bind", views_binding.bind_order, name="order_bind"),
    path(f"{LINK}/call", by_link(views_staff.call), name="order_call"),
    path(f"{LINK}/moves/<str:name>", by_link(views_staff.move), name="order_move"),
    path(f"{LINK}/files/<uuid:key>", by_link(views_staff.file), name="order_file"),
    path("desk/file", views_filing_for.file_for, name="file_for"),
    path("desk/file/<str:number>", views_filing_for.file_slip, name="file_slip"),
    path(CASE, at_desk(views_staff.show), name="desk_case"),
    path(f"{CASE}/call", at_desk(views_staff.call), name="desk_case_call"),
    path(f"{CASE}/moves/<str:name>", at_desk(views_staff.move), name="desk_case_move"),
    path(f"{CASE}/files/<uuid:key>", at_desk(views_staff.file), name="desk_case_file"),
    path("desk/hand-over", views_handing_over.overview, name="hand_over"),
    path(
        "desk/hand-over/people/<str:code>/<int:key>",
        views_handing_over.person,
        name="hand_over_person",
    ),
    path("desk/hand-over/units/<str:code>", views_handing_over.unit, name="hand_over_unit"),
]
