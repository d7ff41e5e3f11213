"""The duty pages."""

from django.urls import path

from mashang.rosters import views_staff

UNIT = "desk/duty/units/<str:code>"

urlpatterns = [
    path("desk/duty", views_staff.overview, name="duty"),
    path("desk/duty/mine", views_staff.my_duty, name="my_duty"),
    path("desk/duty/import", views_staff.import_sheet, name="duty_import"),
    path("desk/duty/template", views_staff.sheet_template, name="duty_template"),
    path("desk/duty/absences/<int:key>/end", views_staff.end_absence, name="duty_absence_end"),
    path(UNIT, views_staff.unit_page, name="duty_unit"),
    path(f"{UNIT}/shifts", views_staff.add_shift, name="duty_shifts"),
    path(f"{UNIT}/shifts/<int:key>", views_staff.shift, name="duty_shift"),
    path(f"{UNIT}/swap", views_staff.swap, name="duty_swap"),
    path(f"{UNIT}/absences", views_staff.add_absence, name="duty_absences"),
]
