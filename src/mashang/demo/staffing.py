"""The units of the demonstration city and the invented people who hold its posts.

Chain of units: community → township → county centre → city centre; inspection and leadership
likewise from county to city. Somebody is on duty everywhere, round the clock.
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import cycle

from django.contrib.auth.hashers import make_password

from mashang.core.crypto import blind_index
from mashang.demo.invented import Invention
from mashang.people.models import Account, Position, Post, Role, Shift, Unit, UnitKind
from mashang.places.models import Kind, Level, Place

CITY = "6204"  # 白银市
SHOWN_COUNTY = "620402"  # 白银区
SHOWN_TOWNSHIP = "620402004"  # 工农路街道
SHOWN_COMMUNITY = "620402004007"  # 颐和社区

SINCE = date(2024, 1, 1)
TOWNSHIPS_A_LEADER = 3
BATCH_SIZE = 500
OFFICES = {
    Kind.SUBDISTRICT: "{}办事处",
    Kind.TOWN: "{}政府",
    Kind.TOWNSHIP: "{}政府",
    Kind.COMMUNITY: "{}居委会",
    Kind.VILLAGE: "{}委会",
}
HEADS = {
    Kind.SUBDISTRICT: ("党工委书记", "办事处主任"),
    Kind.TOWN: ("党委书记", "镇长"),
    Kind.TOWNSHIP: ("党委书记", "乡长"),
}
CADRES = {
    Kind.COMMUNITY: ("社区党总支书记、居委会主任", "社区专职工作者"),
    Kind.VILLAGE: ("村党支部书记、村委会主任", "村委会副主任"),
}


@dataclass
class Step:
    """Units, people, posts and duty, gathered and then written together."""

    invention: Invention
    known: dict[str, Unit]
    password: str  # hashed, of those who can sign in
    units: list[Unit] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)

    def unit(self, code: str, name: str, kind: str, place: Place, parent: str = "") -> Unit:
        unit = Unit(code=code, name=name, kind=kind, place=place, parent=self.known.get(parent))
        self.units.append(unit)
        self.known[code] = unit
        return unit

    def person(self, unit: Unit, *, duty: int = 0, username: str = "") -> Account:
        """Somebody new; `duty` is the order of being called at `unit`, 0 for never."""
        phone = self.invention.phone()
        account = Account(
            username=username or f"{unit.code}-{phone[-4:]}",
            name=self.invention.name(),
            phone=phone,
            phone_index=blind_index(phone),
            password=self.password if username else make_password(None),
        )
        self.accounts.append(account)
        if duty:
            self.shifts.append(Shift(unit=unit, account=account, order=duty, valid_from=SINCE))
        return account

    def post(
        self,
        account: Account,
        unit: Unit,
        role: Role,
        title: str,
        *,
        position: str = "",
        place: Place | None = None,
        is_lead: bool = False,
    ) -> None:
        """An office of `account`, for the unit's own place unless another is given."""
        self.posts.append(
            Post(
                account=account,
                unit=unit,
                role=role,
                title=title,
                position=position,
                place=place or unit.place,
                is_lead=is_lead,
                starts_on=SINCE,
            )
        )

    def write(self) -> None:
        Unit.objects.bulk_create(self.units, batch_size=BATCH_SIZE)
        Account.objects.bulk_create(self.accounts, batch_size=BATCH_SIZE)
        Post.objects.bulk_create(self.posts, batch_size=BATCH_SIZE)
        Shift.objects.bulk_create(self.shifts, batch_size=BATCH_SIZE)


def staff_city(step: Step) -> None:
    """The city's centre with the three administrators, its inspection, its leadership."""
    city = Place.objects.get(pk=CITY)
    centre = _centre(step, city, "city", "")
    for username, role, title in (
        ("operator", Role.SYSTEM_OPERATOR, "系统管理员"),
        ("security", Role.SECURITY_OPERATOR, "安全管理员"),
        ("auditor", Role.AUDITOR, "审计员"),
    ):
        step.post(step.person(centre, username=username), centre, role, title)
    _inspection(step, city, Position.CITY_INSPECTION)
    leaders = step.unit(f"{CITY}-leadership", f"{city.name}领导", UnitKind.LEADERSHIP, city)
    _leader(step, leaders, "市委政法委书记", Position.CITY_SECRETARY, is_lead=True)


def staff_counties(step: Step) -> None:
    """Per county its centre, its inspection, and the leaders with the townships they look after."""
    for county in Place.objects.filter(level=Level.COUNTY):
        is_shown = county.code == SHOWN_COUNTY
        _centre(
            step,
            county,
            "county" if is_shown else "",
            "followup" if is_shown else "",
            parent=f"{CITY}-centre",
        )
        _inspection(
            step,
            county,
            Position.COUNTY_INSPECTION,
            "inspection" if is_shown else "",
            parent=f"{CITY}-inspection",
        )
        _county_leaders(step, county)


def _centre(step: Step, place: Place, dispatcher: str, inspector: str, parent: str = "") -> Unit:
    """Two dispatchers on duty, two people who call residents back."""
    unit = step.unit(
        f"{place.code}-centre", f"{place.name}综治中心", UnitKind.CENTRE, place, parent
    )
    first = step.person(unit, duty=1, username=dispatcher)
    step.post(first, unit, Role.DISPATCHER, "综治中心主任", is_lead=True)
    step.post(step.person(unit, duty=2), unit, Role.DISPATCHER, "值班派单员")
    step.post(step.person(unit, username=inspector), unit, Role.INSPECTOR, "回访员")
    step.post(step.person(unit), unit, Role.INSPECTOR, "回访员")
    return unit


def _inspection(
    step: Step, place: Place, position: Position, username: str = "", parent: str = ""
) -> None:
    """Two on duty who handle what concerns cadres, an inspector, and the head.

    The city's also decide what a county's inspection asks for: a return, more time.
    """
    unit = step.unit(
        f"{place.code}-inspection", f"{place.name}督查岗", UnitKind.INSPECTION, place, parent
    )
    role = Role.DISPATCHER if place.code == CITY else Role.HANDLER
    for order in (1, 2):
        person = step.person(unit, duty=order, username=username if order == 1 else "")
        step.post(person, unit, role, "督查员")
    step.post(step.person(unit, duty=3), unit, Role.INSPECTOR, "回访督查员")
    head = step.person(unit)
    step.post(head, unit, Role.LEADER, "督查岗负责人", position=position, is_lead=True)


def _leader(
    step: Step,
    unit: Unit,
    title: str,
    position: Position,
    *,
    places: list[Place] | None = None,
    is_lead: bool = False,
    username: str = "",
) -> None:
    person = step.person(unit, username=username)
    for place in places or [unit.place]:
        step.post(person, unit, Role.LEADER, title, position=position, place=place, is_lead=is_lead)


def _county_leaders(step: Step, county: Place) -> None:
    word = "区" if county.kind == Kind.DISTRICT else "县"
    unit = step.unit(
        f"{county.code}-leadership",
        f"{county.name}领导",
        UnitKind.LEADERSHIP,
        county,
        f"{CITY}-leadership",
    )
    _leader(step, unit, f"{word}委政法委书记", Position.COUNTY_SECRETARY, is_lead=True)
    _leader(step, unit, f"{word}委书记", Position.COUNTY_HEAD)
    _leader(step, unit, f"{word}长", Position.COUNTY_HEAD)
    townships = list(county.children.all())
    titles = cycle((f"副{word}长", f"{word}委常委", f"{word}人大常委会副主任", f"{word}政协副主席"))
    for first in range(0, len(townships), TOWNSHIPS_A_LEADER):
        places = townships[first : first + TOWNSHIPS_A_LEADER]
        is_shown = SHOWN_TOWNSHIP in {place.code for place in places}
        _leader(
            step,
            unit,
            next(titles),
            Position.COUNTY_LEADER,
            places=places,
            username="leader" if is_shown else "",
        )


def staff_townships(step: Step) -> None:
    """Per township a dispatcher on duty, the political-legal commissioner, the two heads."""
    for place in Place.objects.filter(level=Level.TOWNSHIP):
        kind = Kind(place.kind)
        unit = step.unit(
            place.code,
            OFFICES[kind].format(place.name),
            UnitKind.TOWNSHIP,
            place,
            f"{place.parent_id}-centre",
        )
        is_shown = place.code == SHOWN_TOWNSHIP
        dispatcher = step.person(unit, duty=1, username="township" if is_shown else "")
        step.post(dispatcher, unit, Role.DISPATCHER, "综治中心派单员")
        commissioner = step.person(unit, duty=2)
        step.post(commissioner, unit, Role.LEADER, "政法委员", position=Position.COMMISSIONER)
        for title in HEADS[kind]:
            is_lead = title == HEADS[kind][0]
            _leader(step, unit, title, Position.TOWNSHIP_HEAD, is_lead=is_lead)


def staff_communities(step: Step) -> None:
    """Per village and community two cadres: the lead is called first, the second stands in."""
    for place in Place.objects.filter(level=Level.VILLAGE):
        kind = Kind(place.kind)
        name = OFFICES[kind].format(place.name)
        unit = step.unit(place.code, name, UnitKind.COMMUNITY, place, place.parent_id)
        is_shown = place.code == SHOWN_COMMUNITY
        lead = step.person(unit, duty=1, username="yihe" if is_shown else "")
        second = step.person(unit, duty=2)
        titles = CADRES[kind]
        step.post(lead, unit, Role.HANDLER, titles[0], position=Position.CADRE, is_lead=True)
        step.post(second, unit, Role.HANDLER, titles[1], position=Position.CADRE)
