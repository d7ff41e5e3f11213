"""Figures."""

from django.urls import path

from mashang.insight import views_staff

FIGURES = "desk/figures"

urlpatterns = [
    path(FIGURES, views_staff.figures, name="figures"),
    path(f"{FIGURES}/cases", views_staff.cases, name="figure_cases"),
    path(f"{FIGURES}/definitions", views_staff.definitions, name="figure_definitions"),
]
