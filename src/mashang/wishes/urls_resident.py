"""The public's addresses of wishes."""

from django.urls import path

from mashang.wishes import views_resident

urlpatterns = [
    path("wishes", views_resident.all_wishes, name="all_wishes"),
    path("wishes/claims/<str:token>", views_resident.claimed, name="wish_claim"),
    path("wishes/claim/<str:number>", views_resident.claim, name="claim_wish"),
    path("wishes/<str:code>", views_resident.wishes, name="wishes"),
    path("wishes/<str:code>/new", views_resident.post_wish, name="post_wish"),
    path("wishes/<str:code>/offer", views_resident.offer_help, name="offer_help"),
    path("wishes/<str:code>/wall", views_resident.wall, name="wish_wall"),
    path("wishes/<str:code>/poster", views_resident.poster, name="wish_poster"),
]
