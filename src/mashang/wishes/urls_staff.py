"""The staff's addresses of wishes; one wish has the address of every case."""

from django.urls import path

from mashang.wishes import views_staff

urlpatterns = [
    path("desk/wishes", views_staff.listed, name="desk_wishes"),
    path("desk/wishes/slip/<str:code>", views_staff.slip, name="wish_slip"),
    path("desk/wishes/offers/<int:key>/end", views_staff.end_offer, name="end_offer"),
]
