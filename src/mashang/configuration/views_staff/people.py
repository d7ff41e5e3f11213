"""Units, and the posts at them."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from mashang.configuration.access import change_page, may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.posts import EndPostForm, PostForm
from mashang.configuration.forms.units import CloseUnitForm, UnitForm
from mashang.configuration.showing import register_of
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.people.models import Post, Unit, UnitKind

UNITS, POSTS = "settings_units", "settings_posts"
A_PAGE = 50


@require_safe
@seen_page
def units(request: HttpRequest, actor: Staff) -> HttpResponse:
    """By name, code, place or kind; `?closed=1` shows the closed ones."""
    find, kind = clean_line(request.GET.get("find", "")), request.GET.get("kind", "")
    rows = Unit.objects.select_related("place", "parent").filter(
        is_active=request.GET.get("closed") != "1"
    )
    if find:
        rows = rows.filter(
            Q(name__contains=find) | Q(code__contains=find) | Q(place__full_name__contains=find)
        )
    if kind in UnitKind:
        rows = rows.filter(kind=kind)
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "find": find,
        "kind": kind,
        "kinds": UnitKind.choices,
        "closed": request.GET.get("closed") == "1",
        "may_change": may_change(actor),
    }
    return render(request, "configuration/units.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def unit(request: HttpRequest, actor: Staff, key: int | None = None) -> HttpResponse:
    """A new unit, or one with its posts today and to come."""
    known = None
    posts: list[Post] = []
    if key is not None:
        known = get_object_or_404(Unit.objects.select_related("place", "parent"), pk=key)
        today = timezone.localdate()
        posts = list(
            Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), unit=known)
            .select_related("account", "place")
            .order_by("-is_lead", "starts_on", "pk")
        )
    form = UnitForm(request.POST or None, unit=known)
    context = {"unit": known, "posts": posts, "register": register_of(f"unit:{key}")}
    return change(
        request, actor, form, template="configuration/unit.html", context=context, back=UNITS
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def close_unit(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    known = get_object_or_404(Unit.objects.select_related("place"), pk=key, is_active=True)
    form = CloseUnitForm(request.POST if request.method == "POST" else None, unit=known)
    context = {"unit": known}
    return change(
        request, actor, form, template="configuration/unit_close.html", context=context, back=UNITS
    )


@require_safe
@seen_page
def posts(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Who holds what: today, to come with `?when=coming`, over with `?when=past`."""
    find, when = clean_line(request.GET.get("find", "")), request.GET.get("when", "now")
    today = timezone.localdate()
    cut = {
        "coming": Q(starts_on__gt=today),
        "past": Q(ends_on__lt=today) | Q(account__is_active=False),
    }.get(when)
    rows = Post.objects.current(today) if cut is None else Post.objects.filter(cut)
    rows = rows.select_related("account", "unit", "place").order_by("unit__code", "pk")
    if find:
        rows = rows.filter(
            Q(account__name=find)
            | Q(account__username=find)
            | Q(unit__name__contains=find)
            | Q(title__contains=find)
        )
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "find": find,
        "when": when if cut is not None else "now",
        "may_change": may_change(actor),
    }
    return render(request, "configuration/posts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def add_post(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?unit=` begins at that unit."""
    key = request.GET.get("unit", "")
    at = Unit.objects.filter(pk=key).first() if key.isascii() and key.isdigit() else None
    form = PostForm(request.POST or None, actor=actor, initial={"unit": at} if at else None)
    return change(request, actor, form, template="configuration/post.html", context={}, back=POSTS)


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def end_post(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    known = get_object_or_404(Post.objects.select_related("account", "unit", "place"), pk=key)
    form = EndPostForm(request.POST if request.method == "POST" else None, post=known)
    context = {"post": known, "has_begun": form.has_begun}
    return change(
        request, actor, form, template="configuration/post_end.html", context=context, back=POSTS
    )
