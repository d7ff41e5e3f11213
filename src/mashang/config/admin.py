"""Django's admin, for the system operator alone."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


class OperatorAdminConfig(AdminConfig):
    default_site = "mashang.config.admin.OperatorAdmin"


class OperatorAdmin(AdminSite):
    site_header = "码上办 · 系统管理"
    site_title = "码上办"
    index_title = "基础数据"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only whoever holds the system operator's post today; no superuser flag opens it."""
        account = request.user
        return bool(account.is_active and getattr(account, "is_system_operator", False))
