"""Every address of the product. tests/test_access_matrix.py holds who may open each."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("mashang.portal.urls_resident")),
    path("", include("mashang.cases.urls_resident")),
    path("", include("mashang.knowledge.urls_resident")),
    path("", include("mashang.legal.urls_resident")),
    path("", include("mashang.operations.urls")),
    path("", include("mashang.cases.urls_staff")),
    path("", include("mashang.wishes.urls_resident")),
    path("", include("mashang.wishes.urls_staff")),
    path("", include("mashang.mediation.urls_resident")),
    path("", include("mashang.mediation.urls_staff")),
    path("", include("mashang.calling.urls_staff")),
    path("", include("mashang.messaging.urls_resident")),
    path("", include("mashang.messaging.urls_staff")),
    path("", include("mashang.messaging.urls_providers")),
    path("", include("mashang.accounts.urls_staff")),
    path("", include("mashang.audit.urls_staff")),
    path("", include("mashang.followup.urls_staff")),
    path("", include("mashang.knowledge.urls_staff")),
    path("", include("mashang.legal.urls_staff")),
    path("", include("mashang.rosters.urls_staff")),
    path("", include("mashang.workbench.urls_staff")),
    path("", include("mashang.configuration.urls_staff")),
    path("", include("mashang.codes.urls_staff")),
    path("", include("mashang.insight.urls_staff")),
    path("", include("mashang.directory.urls_staff")),
    path("", include("mashang.estates.urls_resident")),
    path("", include("mashang.estates.urls_staff")),
]

handler400 = "mashang.core.errors.bad_request"
handler403 = "mashang.core.errors.forbidden"
handler404 = "mashang.core.errors.not_found"
handler500 = "mashang.core.errors.server_error"
