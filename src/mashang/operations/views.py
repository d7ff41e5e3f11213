"""`/healthz`: whether the database answers and a worker is alive, for whoever watches."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from mashang.operations.heartbeat import is_worker_alive


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 and `ok`, or 503 and what is missing; nothing else about the installation."""
    try:
        alive = is_worker_alive()
    except DatabaseError:
        return HttpResponse("database: no answer\n", status=503, content_type="text/plain")
    if not alive:
        return HttpResponse("worker: silent\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
