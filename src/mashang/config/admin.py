"""Django's admin, for the system operator alone."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class OperatorAdminConfig(AdminConfig):
    default_site = "mashang.config.admin.OperatorAdmin"

    def ready(self) -> None:
        from mashang.people.models import Role
        from mashang.people.navigation import register_entry

        super().ready()
        register_entry(
            "administration",
            "admin:index",
            _("系统管理"),
            lambda actor: any(post.role == Role.SYSTEM_OPERATOR for post in actor.posts),
            order=95,
        )


class OperatorAdmin(AdminSite):
    site_header = _("码上办 · 系统管理")
    site_title = _("码上办")
    index_title = _("基础数据")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Every page here records what is changed on it, whoever wrote the page."""
        from mashang.config.auditing import Audited

        plain = admin_class or ModelAdmin
        audited = type(plain.__name__, (Audited, plain), {"__module__": plain.__module__})
        super().register(model_or_iterable, audited, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Only whoever holds the system operator's post today; no superuser flag opens it."""
        account = request.user
        return bool(account.is_active and getattr(account, "is_system_operator", False))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """One place to change one's password, where it is recorded and other sessions end."""
        return redirect("account_password")

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """One door for all staff, with its limit on tries. For everybody else who is signed in
        there is nothing here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        wanted = urlencode({"next": request.GET.get("next", "/admin/")})
        return redirect(f"{settings.LOGIN_URL}?{wanted}")
