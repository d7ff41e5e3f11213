"""Dated rows with who and when: every rule that a city may change is kept as versions.

A version counts from the beginning of `valid_from` until a newer one of the same key has begun.
What has begun is never changed and never removed, so that the past stays explained; what is still
to come may be taken back, and then stays as a row that says so. A mistake made today is put right
by writing another version from today: the one before is marked as taken back, and both are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.cached import forget_all
from mashang.core.errors import Refused

Key = tuple[object, ...]
V = TypeVar("V", bound="Version")


class Versions(models.QuerySet["Version"]):
    def standing(self) -> Versions:
        """Without those that were taken back."""
        return self.filter(withdrawn_at=None)

    def of(self, row: Version) -> Versions:
        """All versions of what `row` is a version of."""
        return self.filter(**dict(zip(row.KEY, row.key, strict=True)))


class Version(models.Model):
    """One version of a rule. `KEY` names the fields that say which rule it is.

    Rows of one key and day belong together: a ladder is written whole.
    """

    KEY: ClassVar[tuple[str, ...]] = ()

    valid_from = models.DateField(gettext_lazy("自何日起"), default=timezone.localdate)
    made_at = models.DateTimeField(gettext_lazy("修改时间"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=gettext_lazy("修改人"),
    )
    reason = models.CharField(gettext_lazy("修改原因"), max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = Versions.as_manager()

    class Meta:
        abstract = True

    @property
    def key(self) -> Key:
        return tuple(getattr(self, self._meta.get_field(name).attname) for name in self.KEY)


def in_force(rows: Iterable[V], day: date) -> dict[Key, list[V]]:
    """What counts on `day`, by key: of each the rows of the newest day that has begun."""
    found: dict[Key, list[V]] = {}
    for row in rows:
        if row.withdrawn_at is not None or row.valid_from > day:
            continue
        known = found.setdefault(row.key, [row])
        if known[0] is row:
            continue
        if row.valid_from > known[0].valid_from:
            found[row.key] = [row]
        elif row.valid_from == known[0].valid_from:
            known.append(row)
    return found


def write(rows: Sequence[V], *, by: models.Model | None) -> list[V]:
    """Put new versions in force from their days on; all or nothing.

    A standing version of the same key and day is taken back by this one. Raises Refused for a day
    that is over.
    """
    now, today = timezone.now(), timezone.localdate()
    if any(row.valid_from < today for row in rows):
        raise Refused(_("新规则只能从今天或以后开始，不改过去。"))
    model = type(rows[0])
    with transaction.atomic():
        for row in {(row.key, row.valid_from): row for row in rows}.values():
            same_day = model.objects.standing().of(row).filter(valid_from=row.valid_from)
            same_day.update(withdrawn_at=now, withdrawn_by=by)
        for row in rows:
            row.made_at, row.made_by = now, by
        written = model.objects.bulk_create(rows)
    transaction.on_commit(forget_all)
    return written


def withdraw(row: Version, *, by: models.Model | None) -> int:
    """Take back a version that has not begun, with all rows of its key and day; how many.

    Raises Refused where it has begun, or somebody took it back before.
    """
    if row.valid_from <= timezone.localdate():
        raise Refused(_("这一版已经生效，不能撤回。要改，请写新的一版。"))
    standing = type(row).objects.standing().of(row).filter(valid_from=row.valid_from)
    count = standing.update(withdrawn_at=timezone.now(), withdrawn_by=by)
    if not count:
        raise Refused(_("这一版已经撤回了。"))
    transaction.on_commit(forget_all)
    return count
