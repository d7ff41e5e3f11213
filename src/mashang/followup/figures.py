"""What units claimed and what residents said, counted by unit and never by person.

Every figure is printed as numerator and denominator. Denominator: calls of the month that were
answered and in which the question was answered. Numerator of "contacted": those in which the
resident and the unit's own record agree. Numerator of "solved": those in which the resident says
so, since by answering every unit claims it. Not reached, refused: counted beside, in no rate.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from mashang.cases.models import Score
from mashang.followup import access
from mashang.followup.models import Outcome
from mashang.people.actors import Staff

REACHED = Q(outcome=Outcome.REACHED)
ASKED_CONTACT = REACHED & Q(was_contacted__isnull=False, claimed_contact__isnull=False)
COUNTS = {
    "calls": Count("pk"),
    "reached": Count("pk", filter=REACHED),
    "not_reached": Count("pk", filter=Q(outcome=Outcome.NOT_REACHED)),
    "refused": Count("pk", filter=Q(outcome=Outcome.REFUSED)),
    "contact_asked": Count("pk", filter=ASKED_CONTACT),
    "contact_agreed": Count("pk", filter=ASKED_CONTACT & Q(was_contacted=F("claimed_contact"))),
    "solved": Count("pk", filter=REACHED & Q(is_solved=True)),
    "satisfied": Count("pk", filter=REACHED & Q(score=Score.SATISFIED)),
    "fair": Count("pk", filter=REACHED & Q(score=Score.FAIR)),
    "sent_back": Count("pk", filter=Q(was_sent_back=True)),
}


@dataclass(frozen=True)
class Month:
    """A month of the city's calendar."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str, *, today: date) -> "Month":
        """`2026-11`; the month of `today` for anything else."""
        try:
            first = datetime.strptime(text, "%Y-%m").date()
        except ValueError:
            first = today
        return cls(first.year, first.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def before(self) -> "Month":
        last = self.first - timedelta(days=1)
        return Month(last.year, last.month)

    @property
    def after(self) -> "Month":
        following = self.first + timedelta(days=monthrange(self.year, self.month)[1])
        return Month(following.year, following.month)

    @property
    def times(self) -> tuple[datetime, datetime]:
        """From its first moment to the first after it."""
        zone = timezone.get_default_timezone()
        return (
            datetime.combine(self.first, time.min, zone),
            datetime.combine(self.after.first, time.min, zone),
        )


def by_unit(actor: Staff, month: Month) -> list[dict[str, object]]:
    """One row of COUNTS a unit, for the finished calls that the person may see; unit's order."""
    begins, ends = month.times
    rows = access.visible_to(actor).filter(done_at__gte=begins, done_at__lt=ends)
    rows = rows.exclude(outcome=Outcome.MOVED_ON).exclude(unit=None)
    return list(rows.order_by("unit__code").values("unit__code", "unit__name").annotate(**COUNTS))
