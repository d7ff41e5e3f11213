"""The worker's sign of life, and the question whether there was one lately."""

import os
import socket
from datetime import datetime, timedelta

from django.utils import timezone

from mashang.operations.models import Heartbeat

BEAT_SECONDS = 10
SILENT_AFTER = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)


def beat() -> int:
    """Write this process's sign of life; signs a day old are dropped."""
    now = timezone.now()
    name = f"{socket.gethostname()}:{os.getpid()}"[:80]
    Heartbeat.objects.update_or_create(worker=name, defaults={"at": now})
    Heartbeat.objects.filter(at__lt=now - FORGOTTEN_AFTER).delete()
    return 1


def last_beat() -> datetime | None:
    return Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()


def is_worker_alive(*, now: datetime | None = None) -> bool:
    last = last_beat()
    return last is not None and last > (now or timezone.now()) - SILENT_AFTER
