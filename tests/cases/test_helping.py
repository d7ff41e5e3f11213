"""协办 and 吹哨报到: who is called, what they see, who hears of it when nobody comes."""

from datetime import timedelta

import pytest

from builders import NAME, NOON, PHONE, WORDS, a_filed, a_unit, someone, staff
from mashang.cases.access import relations, visible_to
from mashang.cases.actions import coming_due
from mashang.cases.actions.moving import NotThere, TooLate, advance
from mashang.cases.flow import Who
from mashang.cases.models import Assist
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from mashang.people.models import Role, UnitKind
from visits import Visit, address, at_desk, bound_phone, desk_of, fresh, link_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def water(city):
    """区供水站, with somebody on duty and a lead."""
    unit = a_unit("water", "区供水站", UnitKind.DEPARTMENT, city.county, city.centre)
    unit.on_duty = someone("water", "水大力", unit, Role.HANDLER, on_duty=1)
    unit.lead = someone("water-lead", "水站长", unit, Role.HANDLER, is_lead=True)
    return unit


@pytest.fixture
def power(city):
    unit = a_unit("power", "区供电所", UnitKind.DEPARTMENT, city.county, city.centre)
    unit.on_duty = someone("power", "电明亮", unit, Role.HANDLER, on_duty=1)
    return unit


def told(case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


def by_link(case, account) -> Visit:
    link = link_of(case, account)
    return Visit(bound_phone(link), address(link), case)


def whistle(city, case, *units, **facts):
    advance(case, "whistle", by=staff(city.zhang), units=list(units), words="请到现场", **facts)


def test_several_departments_are_whistled_for_at_once_and_the_unit_keeps_the_lead(
    city, case, zhang, water, power
):
    entry = zhang.made("whistle", units=[water.pk, power.pk], words="井盖下面的管子漏了")
    assert entry.data["called"] == "区供电所、区供水站" or entry.data["called"]
    assert sorted(told(case, "whistled")) == sorted([water.on_duty.phone, power.on_duty.phone])
    assert (fresh(case).unit, fresh(case).assignee) == (city.yihe_unit, city.zhang)
    assert set(Assist.objects.values_list("kind", "arrive_due_at")) == {
        ("whistle", NOON + timedelta(hours=2))
    }


def test_whoever_was_called_sees_the_case_by_the_link_and_no_identity(city, case, water):
    whistle(city, case, water)
    visit = by_link(case, water.on_duty)
    assert WORDS[:10] in visit.shown
    for secret in (NAME, PHONE, NAME[0] + "*"):
        assert secret not in visit.shown
    answer = visit.browser.post(f"{visit.address}/call")
    assert PHONE not in text_of(answer)
    for move in ("answer", "acknowledge", "redispatch", "decline", "assist"):
        assert f"/moves/{move}" not in visit.shown
        assert visit.again(move, words="x", answer="y").status_code == 404


def test_they_may_phone_where_whoever_called_them_wants_it(city, case, water):
    whistle(city, case, water, sees_identity=True)
    visit = by_link(case, water.on_duty)
    assert PHONE in text_of(visit.browser.post(f"{visit.address}/call"))
    assert case.entries.latest("seq").move == "look"


def test_of_a_confidential_case_they_never_learn_who_asked(city, water, noon):
    case = a_filed(city, is_confidential=True).case
    advance(case, "contact_reached", by=staff(city.county_duty))
    with pytest.raises(Refused, match="保密"):
        advance(
            case, "assist", by=staff(city.county_duty), units=[water], words="x", sees_identity=True
        )
    advance(case, "assist", by=staff(city.county_duty), units=[water], words="请协助")
    assert "直接联系诉求人" not in desk_of(city.county_duty, case).shown
    assert NAME not in by_link(case, water.on_duty).shown


def test_a_sealed_case_is_shared_with_nobody(city, water, noon):
    case = a_filed(city, is_sealed=True, accused_level="village").case
    with pytest.raises(Refused, match="不能请别的单位"):
        advance(case, "assist", by=staff(city.inspector), units=[water], words="请协助")
    assert "请求协办" not in desk_of(city.inspector, case).shown
    case.has_assists = True
    case.save(update_fields=["has_assists"])
    Assist.objects.create(
        case=case, unit=water, kind="assist", asked_by=city.inspector, asked_at=NOON, due_at=NOON,
        words="",
    )  # fmt: skip
    actor = staff(water.on_duty)
    assert not visible_to(actor).exists()
    assert not relations(actor, fresh(case))
    assert at_desk(water.on_duty).get(f"/desk/cases/{case.number}").status_code == 404


def test_they_arrive_and_reply_and_whoever_asked_hears_of_it(city, case, water, zhang, noon):
    whistle(city, case, water)
    visit = by_link(case, water.on_duty)
    noon.shift(timedelta(hours=1))
    visit.made("arrive", words="到了")
    visit.look()
    visit.made("reply_assist", words="管子换好了")
    assist = Assist.objects.get()
    assert (assist.arrived_at, assist.reply) == (NOON + timedelta(hours=1), "管子换好了")
    assert told(case, "assist_replied") == [city.zhang.phone]
    assert "管子换好了" in zhang.look()
    with pytest.raises(TooLate):
        advance(case, "reply_assist", by=staff(water.on_duty), words="还有")
    assert "/moves/arrive" not in visit.look()


def test_late_is_told_first_to_the_lead_then_above_for_arriving_and_for_replying(
    city, case, water, noon
):
    whistle(city, case, water)
    noon.shift(timedelta(hours=1, minutes=59))
    assert coming_due.tell_of_late_assists() == 0
    noon.shift(timedelta(minutes=1))
    assert coming_due.tell_of_late_assists() == 1
    assert told(case, "assist_late") == [water.lead.phone]
    assert coming_due.tell_of_late_assists() == 0
    noon.shift(timedelta(hours=2))
    assert coming_due.tell_of_late_assists() == 1
    assert told(case, "assist_late") == [water.lead.phone, city.county_duty.phone]
    noon.move_to(Assist.objects.get().due_at)
    assert coming_due.tell_of_late_assists() == 1
    noon.shift(timedelta(hours=2))
    assert coming_due.tell_of_late_assists() == 1
    assert told(case, "assist_late") == [water.lead.phone, city.county_duty.phone] * 2
    assert coming_due.tell_of_late_assists() == 0
    shown = desk_of(city.zhang, case).shown
    assert "到期没有报到" in shown
    assert "到期没有答复" in shown


def test_nobody_is_told_of_what_was_answered_in_time(city, case, water, noon):
    advance(case, "contact_reached", by=staff(city.zhang))
    whistle(city, case, water)
    advance(case, "answer", by=staff(city.zhang), words="修好了", answer="修好了。")
    noon.shift(timedelta(days=20))
    assert coming_due.tell_of_late_assists() == 0
    assert Assist.objects.get().replied_at is None


def test_after_the_answer_whoever_helped_does_not_see_it_any_more(city, case, water):
    advance(case, "contact_reached", by=staff(city.zhang))
    whistle(city, case, water)
    actor = staff(water.on_duty)
    assert relations(actor, fresh(case)) == {Who.ASSISTANT}
    assert list(visible_to(actor)) == [case]
    advance(case, "answer", by=staff(city.zhang), words="修好了", answer="修好了。")
    assert not relations(actor, fresh(case))
    assert not visible_to(actor).exists()


def test_others_see_nothing_of_it(city, case, water, power):
    whistle(city, case, water)
    assert not visible_to(staff(power.on_duty)).exists()
    with pytest.raises(NotThere):
        advance(case, "arrive", by=staff(power.on_duty))


def test_no_unit_is_called_twice_before_it_replied(city, case, water):
    whistle(city, case, water)
    with pytest.raises(Refused, match="区供水站已经在协办"):
        whistle(city, case, water)


def test_departments_push_nothing_down_and_far_units_are_not_called(city, case, water, zhang):
    shown = zhang.look()
    offered = shown.split("/moves/whistle")[1].split("</form>")[0]
    assert "区供水站" in offered
    assert "隔壁社区居委会" not in offered
    assert "远山村委会" not in offered
    advance(case, "redispatch", by=staff(city.county_duty), unit=water, words="归供水站")
    for kind in ("assist", "whistle"):
        with pytest.raises(Refused, match="不往村"):
            advance(case, kind, by=staff(water.on_duty), units=[city.yihe_unit], words="去看看")


@pytest.mark.parametrize(
    ("fields", "saying"), [({"words": "x"}, "请选择单位"), ({"units": []}, "请")]
)
def test_what_is_missing_is_said(city, case, zhang, water, fields, saying):
    zhang.refused("assist", saying, **fields)


def test_no_sms_says_what_it_is_about(city, case, water):
    whistle(city, case, water)
    for message in Message.objects.filter(template="whistled"):
        said = " ".join(map(str, message.params.values()))
        assert "请到现场" not in said
        assert NAME not in said
