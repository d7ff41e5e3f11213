"""What a scanned or typed code leads to."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models

from mashang.codes.models import Code
from mashang.core.ids import clean_code, is_code
from mashang.core.statements import Parameter, Prepared
from mashang.places.models import Place
from mashang.places.queries import living

_code: Prepared[Code] = Prepared(
    lambda: Code.objects.select_related("place", "unit", "batch").filter(
        pk=Parameter("code", models.CharField())
    )
)


class Outcome(StrEnum):
    USABLE = "usable"
    RETIRED = "retired"  # taken down, or its place is no more
    UNKNOWN = "unknown"  # well formed, but never issued here
    MISTYPED = "mistyped"  # the check character does not fit


@dataclass(frozen=True)
class LookUp:
    """What `look_up` found. `place` is the code's place today, after mergers; with RETIRED it
    may still help to find the place by hand. `code` is the one that hangs there now, `scanned` the
    one on the sign: another where the sign was replaced."""

    outcome: Outcome
    code: Code | None = None
    place: Place | None = None
    scanned: Code | None = None

    @property
    def is_replaced(self) -> bool:
        return self.scanned is not None and self.scanned != self.code


def look_up(typed: str) -> LookUp:
    """The code that was scanned or typed; one query, with place, unit and batch.

    A code whose place was merged leads to the place that it was merged into, and one that was
    replaced to the code that took its place, each with a query more.
    """
    text = clean_code(typed)
    if not is_code(text):
        return LookUp(Outcome.MISTYPED)
    found = _code(code=text)
    if not found:
        return LookUp(Outcome.UNKNOWN)
    (code,) = found
    scanned = code
    if code.replaced_by_id:
        (code,) = _code(code=code.replaced_by_id)
    place = living(code.place)
    usable = code.is_usable and place is not None
    return LookUp(Outcome.USABLE if usable else Outcome.RETIRED, code, place, scanned)
