"""What became of what many reported, as staff wrote it for residents."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mashang.knowledge.models import PublicTopic

SHOWN_FOR, MOST_SHOWN = timedelta(days=365), 60


@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    since = timezone.now() - SHOWN_FOR
    rows = PublicTopic.objects.filter(withdrawn_at=None, published_at__gte=since)
    context = {"topics": rows.order_by("-published_at")[:MOST_SHOWN]}
    return render(request, "knowledge/public_topics.html", context)
