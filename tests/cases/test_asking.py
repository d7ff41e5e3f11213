"""What a unit asks of those above: who decides, how often, and who is reminded."""

from datetime import timedelta

import pytest

from builders import NOON, a_filed, a_unit, someone, staff
from mashang.cases.access import decidable_by, may_decide
from mashang.cases.actions import coming_due
from mashang.cases.actions.moving import NotThere, advance
from mashang.cases.models import Ask
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from mashang.people.models import Account, Role, Unit, UnitKind
from visits import desk_of, fresh

pytestmark = pytest.mark.django_db


def told(case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


def redispatch(city, case, unit, by=None):
    advance(case, "redispatch", by=staff(by or city.dispatcher), unit=unit, words="归你们")


@pytest.fixture
def third(city) -> Unit:
    unit = a_unit("third", "第三社区居委会", UnitKind.COMMUNITY, city.next_door, city.township_unit)
    someone("third", "三社区", unit, Role.HANDLER, on_duty=1)
    return unit


@pytest.fixture
def fourth(city) -> Unit:
    unit = a_unit(
        "fourth", "第四社区居委会", UnitKind.COMMUNITY, city.next_door, city.township_unit
    )
    someone("fourth", "四社区", unit, Role.HANDLER, on_duty=1)
    return unit


@pytest.fixture
def city_duty(city):
    return someone(
        "city-duty", "市值班", Unit.objects.get(code="city-centre"), Role.DISPATCHER, on_duty=1
    )


def test_a_new_unit_may_return_it_once_and_the_countys_centre_decides(city, case):
    advance(case, "ask_return", by=staff(city.zhang), words="归隔壁")
    assert told(case, "return_asked") == [city.dispatcher.phone]
    redispatch(city, case, city.next_door_unit)
    advance(case, "ask_return", by=staff(city.neighbour), words="也不归我们")
    assert told(case, "return_asked") == [city.dispatcher.phone, city.county_duty.phone]
    with pytest.raises(Refused, match="白银区综治中心或它的上级"):
        advance(case, "refuse_return", by=staff(city.dispatcher), words="就是你们")
    assert "维持原派单" not in desk_of(city.dispatcher, case).shown
    advance(case, "refuse_return", by=staff(city.county_duty), words="就是你们")
    with pytest.raises(Refused, match="不能再退"):
        advance(case, "ask_return", by=staff(city.neighbour), words="真的不归")
    assert fresh(case).unit == city.next_door_unit


def test_after_two_units_the_citys_centre_decides_and_its_word_is_the_last(
    city, case, third, fourth, city_duty
):
    units = [city.next_door_unit, third, fourth]
    people = [city.zhang, city.neighbour, Account.objects.get(username="third")]
    deciders = [city.dispatcher, city.county_duty, city_duty]
    for person, unit, decider in zip(people, units, deciders, strict=True):
        advance(case, "ask_return", by=staff(person), words="不归我们")
        redispatch(city, case, unit, by=decider)
    assert told(case, "return_asked") == [decider.phone for decider in deciders]
    last = staff(Account.objects.get(username="fourth"))
    with pytest.raises(Refused, match="市级裁定"):
        advance(case, "ask_return", by=last, words="不归我们")


def test_the_unit_that_returned_it_asks_no_second_time_when_it_comes_back(city, case):
    advance(case, "ask_return", by=staff(city.zhang), words="归隔壁")
    redispatch(city, case, city.next_door_unit)
    redispatch(city, case, city.yihe_unit)
    with pytest.raises(Refused, match="已经裁定过"):
        advance(case, "ask_return", by=staff(city.zhang), words="还是归隔壁")
    assert "/moves/ask_return" not in desk_of(city.zhang, case).shown


def test_a_countys_department_is_decided_about_by_the_centre_and_not_by_a_township(city, case):
    water = a_unit("water", "区供水站", UnitKind.DEPARTMENT, city.county, city.centre)
    man = someone("water", "水大力", water, Role.HANDLER, on_duty=1)
    redispatch(city, case, water, by=city.county_duty)
    advance(case, "contact_reached", by=staff(man))
    advance(case, "ask_extension", by=staff(man), words="备料", days=3)
    ask = Ask.objects.get()
    assert not may_decide(staff(city.dispatcher), ask)
    assert may_decide(staff(city.county_duty), ask)
    with pytest.raises(Refused, match="白银区综治中心"):
        advance(case, "grant_extension", by=staff(city.dispatcher))
    advance(case, "grant_extension", by=staff(city.county_duty))


def test_who_decides_is_the_same_asked_one_by_one_and_as_a_list(city, case, third):
    township = a_filed(city, place=city.township, code=None, spot="").case
    for each, person in ((case, city.zhang), (township, city.dispatcher)):
        advance(each, "contact_reached", by=staff(person))
        advance(each, "ask_help", by=staff(person), words="要吊车")
    asks = list(Ask.objects.select_related("unit", "decider"))
    names = ("zhang", "dispatcher", "commissioner", "county_duty", "county_head", "far_cadre")
    decided = {}
    for name in names:
        actor = staff(getattr(city, name))
        one_by_one = {ask.pk for ask in asks if may_decide(actor, ask)}
        assert (
            set(Ask.objects.filter(decidable_by(actor)).values_list("pk", flat=True)) == one_by_one
        )
        decided[name] = len(one_by_one)
    assert decided == {
        "zhang": 0, "dispatcher": 1, "commissioner": 1, "county_duty": 2, "county_head": 2,
        "far_cadre": 0,
    }  # fmt: skip


def test_the_decider_is_reminded_before_the_limit_ends(city, case, noon):
    advance(case, "contact_reached", by=staff(city.zhang))
    due = case.clocks.get(name="handling").due_at
    noon.move_to(due - timedelta(hours=4))
    advance(case, "ask_extension", by=staff(city.zhang), words="备料", days=3)
    assert coming_due.remind_deciders() == 0
    noon.move_to(due - timedelta(hours=2))
    assert coming_due.remind_deciders() == 1
    assert told(case, "ask_reminder") == [city.dispatcher.phone]
    assert coming_due.remind_deciders() == 0
    assert "催促审定" in desk_of(city.zhang, case).shown


def test_what_was_decided_is_not_reminded_of(city, case, noon):
    advance(case, "contact_reached", by=staff(city.zhang))
    advance(case, "ask_help", by=staff(city.zhang), words="要吊车")
    advance(case, "give_help", by=staff(city.dispatcher), words="下午到")
    noon.move_to(NOON + timedelta(days=10))
    assert coming_due.remind_deciders() == 0


def test_an_ask_lapses_with_the_answer(city, case, noon):
    advance(case, "contact_reached", by=staff(city.zhang))
    advance(case, "ask_extension", by=staff(city.zhang), words="备料", days=3)
    advance(case, "answer", by=staff(city.zhang), words="好了", answer="好了。")
    ask = Ask.objects.get()
    assert (ask.decided_at, ask.is_granted) == (NOON, None)
    noon.move_to(NOON + timedelta(days=10))
    assert coming_due.remind_deciders() == 0


def test_above_a_sealed_case_the_citys_inspection_decides(city, noon):
    case = a_filed(city, is_sealed=True, accused_level="village").case
    advance(case, "contact_reached", by=staff(city.inspector))
    advance(case, "ask_extension", by=staff(city.inspector), words="还要核实", days=3)
    assert told(case, "extension_asked") == [city.city_inspector.phone]
    with pytest.raises(NotThere):
        advance(case, "grant_extension", by=staff(city.inspection_lead))
    desk_of(city.city_inspector, case).made("grant_extension")
    assert Ask.objects.get().is_granted
