"""The wall of a command centre: what is going on, on one dark screen that nobody is signed in at.

The screen opens by an address of its own, which names a place and the person who made it. It
shows numbers alone and leads nowhere; it is good for so many days, and no longer than that person
holds a post that reads the place's figures.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mashang.insight import charts, sheet
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope, find_scope
from mashang.people.actors import Staff
from mashang.people.models import Account
from mashang.places.models import TOWNSHIP_DIGITS, Level, Place, subtree

GOOD_FOR = timedelta(days=90)
SALT = "mashang.insight.wall"
REFRESH = 60  # seconds
DAYS = 30
MOST_CATEGORIES = 8
LONGEST_NAME = 6


def token_of(actor: Staff, place: Place) -> str:
    """The end of the screen's address."""
    return signing.dumps([actor.account.pk, place.pk], salt=SALT)


def scope_of(token: str) -> Scope | None:
    """The place of a screen's address; None where it is made up, too old or theirs no more."""
    try:
        account, code = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    found = Account.objects.filter(pk=account, is_active=True).first()
    return find_scope(Staff(found), place=code) if found else None


@dataclass(frozen=True)
class Wall:
    """All that stands on the screen."""

    scope: Scope
    today: sheet.Sheet
    days: sheet.Sheet
    in_hand: int
    open_late: int
    trend: SafeString
    map: SafeString | None
    categories: list[tuple[str, int]]

    @property
    def most(self) -> int:
        return max((number for _label, number in self.categories), default=0)


def read(scope: Scope) -> Wall:
    """The wall of a place, as of now."""
    today = timezone.localdate()
    period = Period(today - timedelta(days=DAYS - 1), today)
    days = sheet.read(scope, period)
    now = sheet.Sheet(
        scope, Period(today, today), None, {d: n for d, n in days.days.items() if d == today}
    )
    states = sheet.in_hand(scope)
    categories = sorted(days.categories, key=lambda row: -row[1])[:MOST_CATEGORIES]
    return Wall(
        scope,
        now,
        days,
        sum(number for _state, _label, number in states),
        sheet.overdue(scope),
        sheet.trend(days).drawing,
        schematic(scope, period, title=_("各地最近 30 天收到的件数")),
        [(label, number) for label, number, _url in categories],
    )


def schematic(scope: Scope, period: Period, *, title: object) -> SafeString | None:
    """Townships as tiles, by county; of a township its villages."""
    if scope.place is None or not scope.digits:
        return None
    level = Level.TOWNSHIP if scope.digits <= TOWNSHIP_DIGITS else Level.VILLAGE
    places = list(
        Place.objects.current(period.last)
        .filter(subtree(scope.place.pk), level=level)
        .select_related("parent")
        .order_by("code")
    )
    codes = {place.pk for place in places}
    found = sheet.by_place(scope, period, codes, ["received"])
    numbers = {place: counts["received"] for place, counts in found.items()}
    most = max(numbers.values(), default=0)
    blocks: dict[str, list[charts.Tile]] = {}
    for place in places:
        number = numbers.get(place.pk, 0)
        says = _("{place}：收到 {number} 件").format(place=place.full_name, number=number)
        name = place.name if len(place.name) <= LONGEST_NAME else f"{place.name[:5]}…"
        tile = charts.Tile(name, str(number), charts.shade(number, most), says)
        blocks.setdefault(place.parent.name if place.parent else "", []).append(tile)
    return charts.tiles(
        [charts.Block(label, tiles) for label, tiles in blocks.items()],
        title=title,
        says=_("一格是一个乡镇（街道）或村（社区），颜色越深件数越多；只表示归属，不表示方位。"),
    )
