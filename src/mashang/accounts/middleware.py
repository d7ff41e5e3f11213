"""Sessions of the staff end by themselves: after a while without use, and after a working day."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.accounts import sessions
from mashang.accounts.models import SignedIn

# A script that looks by itself whether something is new sends it: nobody need be there.
UNATTENDED = "X-Unattended"


class SessionLimits:
    """After the messages' own, since it leaves one. What a page asks for by itself is no use of
    the session: a desk left open would never be signed out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            now = timezone.now()
            reason = sessions.over(request.session, at=now)
            if reason:
                self._end(request, reason)
            elif UNATTENDED not in request.headers:
                sessions.seen(request.session, at=now)
        return self.get_response(request)

    def _end(self, request: HttpRequest, reason: str) -> None:
        SignedIn.objects.filter(session_key=request.session.session_key).delete()
        request.session.flush()
        request.user = AnonymousUser()
        if reason == "idle":
            told = _("您有 {minutes} 分钟没有操作，为了安全，已经自动退出。").format(
                minutes=settings.IDLE_MINUTES
            )
        else:
            told = _("您登录的时间到了，为了安全，已经自动退出。")
        messages.warning(request, told)
