"""Refusals that a person reads: what happened and what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


class Refused(Exception):
    """An action that may not be done now; its text is for the person who tried."""


def page(request: HttpRequest, *, status: int, title: str, advice: str) -> HttpResponse:
    """A friendly page for an error, with the hotline and a way home."""
    return render(request, "error.html", {"title": title, "advice": advice}, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Absent and forbidden look alike."""
    return page(
        request,
        status=404,
        title=_("没有找到这个页面"),
        advice=_("链接可能写错了、过期了，或者不是给您的。请核对后再试，也可以拨打热线。"),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request,
        status=400,
        title=_("没有收到完整的内容"),
        advice=_("请返回上一页再试一次，您写的内容还在。照片太大时请减少几张。"),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        status=500,
        title=_("系统暂时出了问题"),
        advice=_("这次没有办成。请返回上一页再试一次；急事请直接打电话。"),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request,
        status=403,
        title=_("页面放得太久了"),
        advice=_("请返回上一页，刷新后再试一次，您写的内容还在。"),
    )
