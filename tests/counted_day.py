"""A day of which every number was counted by hand; what came of each case stands beside it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from builders import City, a_filed, requester_of, staff
from mashang.cases.actions.filing import Filed
from mashang.cases.actions.moving import advance
from mashang.cases.models import Category
from mashang.insight.keeping import keep_up
from mashang.insight.periods import Period

MORNING = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)  # 09:00 in the city, a Wednesday
DAY = date(2026, 3, 4)
TODAY = Period(DAY, DAY)
ON_THE_DAY = "from=2026-03-04&to=2026-03-04"


def minutes(count: int) -> datetime:
    return MORNING + timedelta(minutes=count)


def count(at: datetime) -> None:
    """What the worker does until nothing is left."""
    while keep_up(at=at):
        pass


@dataclass
class Scene:
    """Twelve cases of one Wednesday, counted at noon. In 颐和社区 unless it says otherwise."""

    city: City
    water: Category
    satisfied: Filed  # called after 10 minutes, answered after 20, solved, satisfied; says so
    disputed: Filed  # called after 45, answered after 60, not solved; says nobody called
    silent: Filed  # called after 10, answered after 20, not rated
    anonymous: Filed  # answered, cannot be asked
    waiting: Filed  # at 11:50: nothing done, the half hour still running at noon
    forgotten: Filed  # at 9:00: nothing done, late
    withdrawn: Filed
    declined: Filed
    returned: Filed  # next door; called, and asked to be returned
    merged: Filed  # into `forgotten`
    sealed: Filed  # about the community itself
    far: Filed  # in the other county; called and in hand


NOON = minutes(180)


def make_scene(city: City) -> Scene:
    """File and move them all, and count them as of noon."""
    water = Category.objects.create(code="water", name="供水")
    zhang, dispatcher = staff(city.zhang), staff(city.dispatcher)

    def answered(filed: Filed, *, called: int, at: int) -> Filed:
        advance(filed.case, "contact_reached", by=zhang, at=minutes(called))
        advance(filed.case, "answer", by=zhang, at=minutes(at), words="换了井盖", answer="换好了。")
        return filed

    def file(**more: object) -> Filed:
        return a_filed(city, **({"at": MORNING} | more))

    found = Scene(
        city=city,
        water=water,
        satisfied=answered(file(), called=10, at=20),
        disputed=answered(file(channel="phone"), called=45, at=60),
        silent=answered(file(), called=10, at=20),
        anonymous=file(is_anonymous=True, name="", phone=""),
        waiting=file(at=minutes(170)),
        forgotten=file(),
        withdrawn=file(),
        declined=file(),
        returned=file(place=city.next_door, code=None, spot=""),
        merged=file(),
        sealed=file(is_sealed=True, accused_level="village"),
        far=file(place=city.far_village, code=None, spot="", channel="web"),
    )  # fmt: skip
    advance(
        found.satisfied.case, "confirm", by=requester_of(found.satisfied), at=minutes(100),
        score="satisfied",
    )  # fmt: skip
    advance(
        found.disputed.case, "dispute", by=requester_of(found.disputed), at=minutes(100),
        score="dissatisfied",
    )  # fmt: skip
    by = requester_of(found.satisfied)
    advance(found.satisfied.case, "contact_confirmed", by=by, at=minutes(101))
    by = requester_of(found.disputed)
    advance(found.disputed.case, "contact_denied_later", by=by, at=minutes(101))
    advance(found.anonymous.case, "acknowledge", by=zhang, at=minutes(5))
    advance(found.anonymous.case, "answer", by=zhang, at=minutes(60), words="查了", answer="办了。")
    advance(found.withdrawn.case, "withdraw", by=requester_of(found.withdrawn), at=minutes(15))
    advance(
        found.declined.case, "decline", by=dispatcher, at=minutes(20), words="在打官司",
        channel="请找法院",
    )  # fmt: skip
    neighbour = staff(city.neighbour)
    advance(found.returned.case, "contact_reached", by=neighbour, at=minutes(29))
    advance(found.returned.case, "ask_return", by=neighbour, at=minutes(40), words="不归我们管")
    advance(
        found.merged.case, "merge", by=dispatcher, at=minutes(50), lead=found.forgotten.case,
        words="同一件事",
    )  # fmt: skip
    advance(found.far.case, "contact_reached", by=staff(city.far_cadre), at=minutes(30))
    count(NOON)
    return found
