"""The desk."""

from django.urls import path

from mashang.workbench.views_staff import bulk, desk, export, saved, search

urlpatterns = [
    path("desk", desk.desk, name="desk"),
    path("desk/live", desk.live, name="desk_live"),
    path("desk/suggest", desk.suggest, name="desk_suggest"),
    path("desk/search", search.search_page, name="desk_search"),
    path("desk/bulk", bulk.many_moves, name="desk_bulk"),
    path("desk/export", export.export, name="desk_export"),
    path("desk/views", saved.views, name="desk_views"),
    path("desk/views/keep", saved.keep_view, name="desk_keep_view"),
    path("desk/views/<int:key>", saved.change_view, name="desk_change_view"),
]
