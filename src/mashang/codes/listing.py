"""The lists of signs: all, by what is searched for, and those that somebody should look at."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Left, TruncDate
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.codes.access import areas_of
from mashang.codes.addresses import code_in
from mashang.codes.models import USABLE, Code, CodeState
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.places.models import TOWNSHIP_DIGITS, FormerName, Level, Place, subtree

GONE = (CodeState.RETIRED, CodeState.MOVED)
VILLAGE_DIGITS = 12
LISTS = {
    "never": _("从来没人扫"),
    "gone": _("停用了还有人扫"),
    "place": _("地点改名或合并了"),
}


@dataclass(frozen=True)
class Asked:
    """What a list was asked for, from `?find= &place= &state= &batch= &list=`."""

    find: str = ""
    place: str = ""
    state: str = ""
    batch: str = ""
    list: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        def digits(name: str) -> str:
            text = query.get(name, "")
            return text if text.isascii() and text.isdigit() and len(text) <= 24 else ""

        state, name = query.get("state", ""), query.get("list", "")
        return cls(
            find=clean_line(query.get("find", ""))[:60],
            place=digits("place"),
            state=state if state in CodeState else "",
            batch=digits("batch")[:15],
            list=name if name in LISTS else "",
        )

    def narrow(self, codes: QuerySet[Code], *, by_state: bool = True) -> QuerySet[Code]:
        """These of `codes`."""
        if code := code_in(self.find):
            return codes.filter(pk=code)
        if self.find:
            codes = codes.filter(
                Q(place__full_name__contains=self.find) | Q(spot__contains=self.find)
            )
        if self.place:
            codes = codes.filter(subtree(self.place, field="place_id"))
        if self.batch:
            codes = codes.filter(batch=self.batch)
        if self.list:
            said_on = TruncDate(Coalesce("printed_at", "issued_at"))
            codes = codes.alias(said_on=said_on).filter(CONDITIONS[self.list]())
        if self.state and by_state:
            codes = codes.filter(state=self.state)
        return codes


def _never() -> Q:
    """Can be scanned, and never was."""
    return Q(first_used_on=None, state__in=USABLE)


def _gone() -> Q:
    """Was scanned after it was taken down: the sign still hangs somewhere."""
    return Q(state__in=GONE, last_used_on__gt=TruncDate(F("state_since")))


def _place() -> Q:
    """Its place is no more, or bears another name than the sign."""
    renamed = FormerName.objects.filter(place=OuterRef("place"), until__gt=OuterRef("said_on"))
    over = Q(place__valid_to__lte=timezone.localdate(), place__valid_to__gt=F("said_on"))
    return Q(state__in=USABLE) & (over | Q(Exists(renamed)))


CONDITIONS = {"never": _never, "gone": _gone, "place": _place}


def by_state(codes: QuerySet[Code]) -> dict[str, int]:
    """How many there are in each state that any is in."""
    return dict(codes.order_by().values_list("state").annotate(Count("pk")))


@dataclass
class Row:
    """The signs of one place: how many in each state, and how many nobody ever scanned."""

    place: str
    name: str
    counts: dict[str, int]
    never: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def by_state(self) -> list[tuple[object, int]]:
        return [(label, self.counts.get(state, 0)) for state, label in CodeState.choices]


def by_place(actor: Staff, codes: QuerySet[Code]) -> list[Row]:
    """The signs by township, or by village for whoever has one township; in two queries."""
    mine = areas_of(actor)
    is_wide = mine is None or any(len(area) < TOWNSHIP_DIGITS for area in mine)
    digits = TOWNSHIP_DIGITS if is_wide else VILLAGE_DIGITS
    counted = (
        codes.order_by()
        .annotate(area=Left("place_id", digits))
        .values_list("area", "state")
        .annotate(count=Count("pk"), never=Count("pk", filter=_never()))
    )
    rows: dict[str, Row] = {}
    for area, state, count, never in counted:
        row = rows.setdefault(area, Row(area, area, {}))
        row.counts[state] = count
        row.never += never
    for code, name in Place.objects.filter(pk__in=rows).values_list("pk", "full_name"):
        rows[code].name = name
    return [rows[area] for area in sorted(rows)]


def areas(actor: Staff) -> QuerySet[Place]:
    """The places to narrow a list by: counties and townships, or the villages of one township."""
    places = Place.objects.current(timezone.localdate())
    mine = areas_of(actor)
    if mine is None:
        return places.filter(level__in=(Level.COUNTY, Level.TOWNSHIP))
    inside = Q(pk__in=[])
    for area in mine:
        inside |= subtree(area)
    wide = any(len(area) < TOWNSHIP_DIGITS for area in mine)
    return places.filter(inside, level=Level.TOWNSHIP if wide else Level.VILLAGE)
