"""Instructions, supervision, taking up and reworking: what those above do, and its clocks."""

from datetime import date, timedelta

import pytest

from builders import NOON, PHONE, a_filed, requester_of, someone, staff
from mashang.cases.actions import climbing
from mashang.cases.actions.moving import NotThere, advance
from mashang.cases.models import Case, Category, Rating
from mashang.cases.proving import Fault, verify
from mashang.core.cached import forget_all
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from mashang.people.models import Role
from visits import desk_of, fresh, text_of

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 3, 6)


def told(case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


def clock(case, name):
    return case.clocks.get(name=name, stopped_at=None)


def proved() -> None:
    assert not [found for found in verify() if isinstance(found, Fault)]


def answered(city, case):
    advance(case, "contact_reached", by=staff(city.zhang))
    advance(case, "answer", by=staff(city.zhang), words="换了", answer="换好了。")


# Instructions ------------------------------------------------------------------------------------


def test_an_instruction_is_reported_on_within_its_own_limit(city, case, zhang):
    leader = desk_of(city.county_leader, case)
    leader.made("instruct", words="请街道今天到现场")
    assert told(case, "instructed") == [city.zhang.phone]
    due = clock(case, "instruction").due_at
    assert "请在 3月9日 18:00 前报告批示落实情况" in zhang.look()
    assert due.isoformat() == "2026-03-09T10:00:00+00:00"
    zhang.made("report_instruction", words="已经到现场")
    assert told(case, "reported") == [city.county_leader.phone]
    assert not case.clocks.filter(name="instruction", stopped_at=None).exists()
    assert "/moves/report_instruction" not in zhang.look()
    proved()


def test_two_instructions_wait_for_one_report_that_both_hear_of(city, case):
    advance(case, "instruct", by=staff(city.county_leader), words="今天到现场")
    due = clock(case, "instruction").due_at
    advance(
        case, "instruct", by=staff(city.commissioner), words="围起来", at=NOON + timedelta(days=1)
    )
    assert clock(case, "instruction").due_at == due
    advance(case, "report_instruction", by=staff(city.zhang), words="都做了")
    assert sorted(told(case, "reported")) == sorted(
        [city.county_leader.phone, city.commissioner.phone]
    )
    with pytest.raises(Refused, match="没有等您报告的事"):
        advance(case, "report_instruction", by=staff(city.zhang), words="再报一次")


def test_an_instruction_that_nobody_reports_on_is_told_to_whoever_gave_it(city, case, noon):
    advance(case, "instruct", by=staff(city.county_leader), words="今天到现场")
    noon.move_to(clock(case, "instruction").due_at)
    for _round in range(3):
        climbing.look_at_due()
    assert set(told(case, "instruction_overdue")) == {
        city.commissioner.phone,
        city.county_leader.phone,
    }


# Supervision -------------------------------------------------------------------------------------


def test_supervision_has_a_date_a_reminder_a_report_and_an_end(city, case, zhang, noon):
    inspector = desk_of(city.inspector, case)
    inspector.made("supervise", until="2026-03-06", words="老人反映强烈")
    assert fresh(case).supervision == "supervised"
    assert told(case, "supervised") == [city.zhang.phone]
    assert "督办" in zhang.look()
    noon.move_to(clock(case, "supervision").warn_at)
    climbing.look_at_due()
    assert told(case, "supervision_warning") == [city.zhang.phone]
    zhang.look()
    zhang.made("report_supervision", words="明天换井盖")
    assert told(case, "reported") == [city.inspector.phone]
    inspector = desk_of(city.inspector, case)
    inspector.made("end_supervision", words="已经解决")
    assert fresh(case).supervision == ""
    assert told(case, "supervision_ended") == [city.zhang.phone]
    assert "/moves/end_supervision" not in inspector.look()
    proved()


def test_listed_supervision_takes_the_place_of_a_plain_one_with_its_date(city, case):
    advance(case, "supervise", by=staff(city.inspector), until=FRIDAY, words="盯住")
    advance(
        case,
        "list_supervision",
        by=staff(city.county_leader),
        until=date(2026, 3, 10),
        words="挂牌",
    )
    assert fresh(case).supervision == "listed"
    assert clock(case, "supervision").due_at.isoformat() == "2026-03-10T10:00:00+00:00"
    assert "挂牌督办" in desk_of(city.zhang, case).shown
    proved()


def test_an_overdue_report_is_told_to_whoever_supervises(city, case, noon):
    advance(case, "supervise", by=staff(city.inspector), until=FRIDAY, words="盯住")
    noon.move_to(clock(case, "supervision").due_at)
    climbing.look_at_due()
    climbing.look_at_due()
    assert city.inspector.phone in told(case, "supervision_overdue")


def test_somebody_below_does_not_end_what_was_begun_above(city, case):
    advance(case, "supervise", by=staff(city.city_inspector), until=FRIDAY, words="盯住")
    for name in ("inspector", "commissioner"):
        with pytest.raises(Refused, match="沈督查发起"):
            advance(case, "end_supervision", by=staff(getattr(city, name)), words="好了")
    advance(case, "end_supervision", by=staff(city.city_secretary), words="好了")
    assert fresh(case).supervision == ""


@pytest.mark.parametrize("until", [date(2026, 3, 3), None, "someday"])
def test_the_date_of_a_report_is_to_come(city, case, until):
    with pytest.raises(Refused):
        advance(case, "supervise", by=staff(city.inspector), until=until, words="盯住")


@pytest.mark.parametrize("name", ["zhang", "dispatcher", "far_inspector", "auditor"])
def test_only_leaders_and_inspectors_supervise(city, case, name):
    with pytest.raises(NotThere):
        advance(case, "supervise", by=staff(getattr(city, name)), until=FRIDAY, words="盯住")


# Taking up ---------------------------------------------------------------------------------------


def test_a_case_is_taken_up_to_a_chosen_higher_unit_and_keeps_its_limits(city, case, client):
    due = clock(case, "handling").due_at
    advance(case, "acknowledge", by=staff(city.zhang))
    visit = desk_of(city.county_leader, case)
    offered = visit.shown.split("/moves/elevate")[1].split("</form>")[0]
    assert "人民路街道办" in offered
    assert "白银区综治中心" in offered
    assert "隔壁社区" not in offered
    visit.made("elevate", unit=city.centre.pk, words="跨部门")
    now = fresh(case)
    assert (now.state, now.unit, now.assignee) == ("dispatched", city.centre, city.county_duty)
    assert clock(case, "handling").due_at == due
    assert clock(case, "contact").due_at == NOON + timedelta(minutes=30)
    assert told(case, "elevated") == [city.county_duty.phone]
    assert told(case, "redispatched") == [PHONE]
    page = text_of(client.get(f"/t/{case.requester.tracking_token}"))
    assert "提到上级，由白银区综治中心办理" in page
    proved()


def test_a_case_is_not_taken_up_sideways_or_down(city, case):
    for unit in (city.next_door_unit, city.far_unit):
        with pytest.raises(Refused, match="更上级"):
            advance(case, "elevate", by=staff(city.dispatcher), unit=unit, words="换个地方")


def test_a_sealed_case_goes_up_to_inspection_alone(city, noon):
    case = a_filed(city, is_sealed=True, accused_level="village").case
    offered = desk_of(city.inspector, case).shown.split("/moves/elevate")[1].split("</form>")[0]
    assert "白银市督查岗" in offered
    assert "综治中心" not in offered
    with pytest.raises(Refused, match="督查岗"):
        advance(case, "elevate", by=staff(city.inspector), unit=city.centre, words="请接手")
    advance(case, "elevate", by=staff(city.inspector), unit=city.city_inspection, words="请接手")
    assert fresh(case).assignee == city.city_inspector


# Reworking ---------------------------------------------------------------------------------------


def test_a_rework_after_follow_up_counts_apart_from_the_residents_own(city, case, client):
    answered(city, case)
    resident = requester_of(type("Filed", (), {"case": case}))
    advance(case, "confirm", by=resident, score="fair")
    advance(case, "rework", by=staff(city.inspector), words="回访说井盖又松了")
    now = fresh(case)
    assert (now.state, now.reworks, now.reopenings, now.answer) == ("dispatched", 1, 0, "")
    assert not Rating.objects.exists()
    assert told(case, "rework_duty") == [city.zhang.phone]
    assert told(case, "reopened") == [PHONE]
    page = text_of(client.get(f"/t/{case.requester.tracking_token}"))
    assert "回访时您说没有解决，重新办理" in page
    assert "回访说井盖又松了" not in page
    answered(city, case)
    advance(case, "reopen", by=resident, words="还是松的")
    assert (fresh(case).reworks, fresh(case).reopenings) == (1, 1)
    proved()


def test_only_inspectors_rework(city, case):
    answered(city, case)
    for name in ("zhang", "dispatcher", "commissioner"):
        with pytest.raises(NotThere):
            advance(case, "rework", by=staff(getattr(city, name)), words="重来")


# Sorting -----------------------------------------------------------------------------------------


@pytest.fixture
def roads(db) -> Category:
    above = Category.objects.create(code="city", name="市政设施")
    return a_category("city.roads", "道路井盖", above)


def a_category(code: str, name: str, parent: Category | None = None) -> Category:
    made = Category.objects.create(code=code, name=name, parent=parent)
    forget_all()  # it is kept for seconds
    return made


def test_the_category_is_set_on_acknowledging_and_changed_later(city, case, zhang, roads):
    assert "市政设施 / 道路井盖" in zhang.look()
    entry = zhang.made("acknowledge", category=roads.pk, urgency="ordinary")
    assert entry.data["category_name"] == "道路井盖"
    assert fresh(case).category == roads
    other = a_category("noise", "噪声")
    zhang.look()
    zhang.made("categorise", category=other.pk)
    assert fresh(case).category == other
    zhang.refused("categorise", "已经是这个类别", category=other.pk)
    proved()


def test_a_category_out_of_use_is_not_offered(case, zhang, roads):
    Category.objects.filter(pk=roads.pk).update(is_active=False)
    forget_all()
    assert "道路井盖" not in zhang.look()
    zhang.refused("acknowledge", "请看标红的地方", category=roads.pk)


def test_triage_sets_unit_category_and_urgency_at_once(city, roads, noon):
    case = a_filed(city).case
    Case.objects.filter(pk=case.pk).update(state="to_triage", unit=None, assignee=None)
    case.clocks.all().delete()
    entry = case.entries.get()
    assert entry.state == "dispatched"
    visit = desk_of(city.dispatcher, case)
    visit.made("dispatch", unit=city.yihe_unit.pk, category=roads.pk, urgency="outage")
    now = fresh(case)
    assert (now.unit, now.category, now.urgency) == (city.yihe_unit, roads, "outage")
    assert clock(case, "handling").due_at == NOON + timedelta(hours=24)


# Declining ---------------------------------------------------------------------------------------


def test_a_usual_channel_is_chosen_and_completed_and_both_reach_the_resident(city, case, client):
    visit = desk_of(city.dispatcher, case)
    entry = visit.made(
        "decline", words="正在诉讼", usual="litigation", channel="白银区法院：友好路 1 号"
    )
    assert "立案" in entry.data["channel"]
    assert "友好路 1 号" in entry.data["channel"]
    page = text_of(client.get(f"/t/{case.requester.tracking_token}"))
    for said in ("正在诉讼", "立案", "友好路 1 号"):
        assert said in page
    assert told(case, "declined") == [PHONE]


def test_a_department_lead_is_no_leader_over_others(city, case):
    other = someone("dept", "部门长", city.next_door_unit, Role.HANDLER, is_lead=True)
    with pytest.raises(NotThere):
        advance(case, "instruct", by=staff(other), words="听我的")
