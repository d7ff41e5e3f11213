"""Signs of life of the processes that run."""

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """When a worker last went round; one row a host and process."""

    worker = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.worker} {self.at:%F %T}"
