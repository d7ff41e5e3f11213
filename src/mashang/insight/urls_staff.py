"""Figures."""

from django.urls import path

from mashang.insight import views_compare, views_reports, views_staff, views_units, views_wall

FIGURES = "desk/figures"

urlpatterns = [
    path(FIGURES, views_staff.figures, name="figures"),
    path(f"{FIGURES}/cases", views_staff.cases, name="figure_cases"),
    path(f"{FIGURES}/map", views_staff.on_a_map, name="figure_map"),
    path(f"{FIGURES}/compare", views_compare.compare, name="figure_compare"),
    path(f"{FIGURES}/units", views_units.units, name="figure_units"),
    path(f"{FIGURES}/units/export", views_units.export, name="figure_units_export"),
    path(f"{FIGURES}/codes", views_units.codes, name="figure_codes"),
    path(f"{FIGURES}/definitions", views_staff.definitions, name="figure_definitions"),
    path(f"{FIGURES}/reports", views_reports.reports, name="figure_reports"),
    path(f"{FIGURES}/reports/<int:pk>", views_reports.file, name="figure_report"),
    path(f"{FIGURES}/subscribe", views_reports.subscribe, name="figure_subscribe"),
    path(f"{FIGURES}/subscriptions/<int:pk>/end", views_reports.end, name="figure_unsubscribe"),
    path(f"{FIGURES}/wall", views_wall.make, name="figure_wall"),
    path("wall/<str:token>", views_wall.screen, name="wall"),
]
