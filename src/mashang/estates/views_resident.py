"""The estates for everybody: how to order, what became of orders, what is before a meeting."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mashang.core.text import clean_line
from mashang.estates import queries
from mashang.estates.models import Estate
from mashang.insight.periods import NAMED, USUAL

A_PAGE = 50
MOST_TYPED = 40


@require_safe
def estates(request: HttpRequest) -> HttpResponse:
    """All estates by place; `q` is a part of the name, or how it is spelled."""
    typed = clean_line(request.GET.get("q", ""))[:MOST_TYPED]
    rows = Estate.objects.select_related("place__parent")
    if typed:
        rows = (
            rows.filter(place__full_name__icontains=typed)
            | rows.filter(place__pinyin__icontains=typed)
            | rows.filter(place__initials__istartswith=typed)
        )
    page = Paginator(rows.order_by("place_id"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "estates/public_list.html", {"page": page, "typed": typed})


@require_safe
def estate(request: HttpRequest, code: str) -> HttpResponse:
    """One estate; numbers without lists, nothing of any report."""
    rows = Estate.objects.select_related("place", "branch", "manager", "committee")
    found = get_object_or_404(rows, pk=code)
    period = NAMED[USUAL][1](timezone.localdate())
    context = {
        "estate": found,
        "row": queries.public_row(found, period),
        "period": period,
        "topics": queries.topics(found)[: queries.MOST_TOPICS],
        "codes": queries.order_codes(found),
    }
    return render(request, "estates/public.html", context)
