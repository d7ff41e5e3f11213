"""What everybody may read of the estates."""

from django.urls import path

from mashang.estates import views_resident

urlpatterns = [
    path("estates", views_resident.estates, name="estates"),
    path("estates/<str:code>", views_resident.estate, name="estate"),
]
