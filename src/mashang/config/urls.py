"""Every address of the product. tests/test_access_matrix.py holds who may open each."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("mashang.operations.urls")),
    path("", include("mashang.messaging.urls_resident")),
]
