"""并单: who may, what each requester still gets, and the way back."""

import pytest

from builders import NOON, a_filed, requester_of, staff
from mashang.cases.actions.moving import NotThere, TooLate, advance
from mashang.cases.models import Case, Clock, Rating
from mashang.cases.proving import Fault, verify
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from visits import at_desk, desk_of, fresh, text_of

pytestmark = pytest.mark.django_db
SECOND = "13909430002"


def a_second(city, **changes) -> Case:
    return a_filed(city, **{"phone": SECOND, "name": "高玉兰", **changes}).case


def told(case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


def moves(case) -> list[str]:
    return list(case.entries.order_by("seq").values_list("move", flat=True))


def proved() -> None:
    assert not [found for found in verify() if isinstance(found, Fault)]


@pytest.fixture
def member(city, case):
    return a_second(city)


def merge(city, member, lead, **facts):
    advance(member, "merge", by=staff(city.zhang), lead=lead, **facts)


def answer(city, case):
    if Clock.objects.filter(case=case, name="contact", stopped_at=None).exists():
        advance(case, "contact_reached", by=staff(city.zhang))
    advance(case, "answer", by=staff(city.zhang), words="换了", answer="井盖换好了。")


def test_merged_by_its_number_told_and_written_on_both_sides(city, case, member):
    visit = desk_of(city.zhang, member)
    visit.made("merge", lead_number=case.number)
    now = fresh(member)
    assert (now.state, now.lead, now.unit, now.assignee) == (
        "merged", case, city.yihe_unit, city.zhang,
    )  # fmt: skip
    assert not member.clocks.filter(stopped_at=None).exists()
    assert told(member, "merged") == [SECOND]
    assert told(case, "taken_in") == [city.zhang.phone]
    assert moves(case) == ["file", "take_in"]
    assert case.entries.latest("seq").data["member"] == member.number
    assert f"并入：{case.number}" in visit.look()
    assert f"并入的一件：{member.number}" in desk_of(city.zhang, case).shown
    proved()


def test_each_is_answered_rated_and_followed_up_by_itself(city, case, member, client):
    merge(city, member, case)
    answer(city, case)
    now = fresh(member)
    assert (now.state, now.answer, now.closed_at) == ("answered", "井盖换好了。", NOON)
    assert told(member, "answered") == [SECOND]
    assert member.clocks.get(name="follow_up", stopped_at=None)
    page = text_of(client.get(f"/t/{member.requester.tracking_token}"))
    assert "井盖换好了。" in page
    advance(member, "confirm", by=requester_of_case(member), score="fair")
    assert Rating.objects.get().case == member
    assert fresh(case).state == "answered"
    proved()


def requester_of_case(case):
    return requester_of(type("Filed", (), {"case": case}))


def test_what_a_member_adds_and_chases_reaches_the_lead_and_no_other_resident(
    city, case, member, client
):
    merge(city, member, case)
    resident = requester_of_case(member)
    advance(member, "add", by=resident, words="又有人绊倒了")
    advance(member, "chase", by=resident)
    assert told(case, "added") == [city.zhang.phone]
    assert told(case, "chased") == [city.zhang.phone]
    assert "又有人绊倒了" in desk_of(city.zhang, case).shown
    page = text_of(client.get(f"/t/{case.requester.tracking_token}"))
    assert "又有人绊倒了" not in page
    assert member.number not in page


def test_a_members_urgency_raises_the_leads_and_never_lowers_it(city, case, member):
    Case.objects.filter(pk=member.pk).update(urgency="outage")
    merge(city, member, case)
    assert fresh(case).urgency == "outage"
    due = case.clocks.get(name="handling").due_at
    third = a_second(city, text="一样的事情，不急的。")
    merge(city, third, case)
    assert fresh(case).urgency == "outage"
    assert case.clocks.get(name="handling").due_at == due
    assert (due - NOON).total_seconds() == 24 * 3600


def test_split_before_the_answer_it_goes_its_own_way_again(city, case, member):
    merge(city, member, case)
    advance(member, "split", by=staff(city.zhang), words="不是同一个井盖")
    now = fresh(member)
    assert (now.state, now.lead, now.unit, now.assignee) == (
        "dispatched", None, city.yihe_unit, city.zhang,
    )  # fmt: skip
    live = member.clocks.filter(stopped_at=None).values_list("name", flat=True)
    assert set(live) == {"contact", "acknowledge", "handling"}
    assert told(member, "split") == [SECOND]
    assert moves(case) == ["file", "take_in", "member_left"]
    answer(city, case)
    assert fresh(member).state == "dispatched"
    proved()


def test_split_after_the_answer_it_is_answered_anew(city, case, member):
    merge(city, member, case)
    answer(city, case)
    advance(member, "split", by=staff(city.dispatcher), words="答非所问")
    now = fresh(member)
    assert (now.state, now.answer, now.lead, now.closed_at) == ("dispatched", "", None, None)
    answer(city, member)
    assert fresh(case).state == "answered"
    proved()


def test_the_lead_goes_elsewhere_and_takes_its_members_along(city, case, member):
    merge(city, member, case)
    advance(case, "redispatch", by=staff(city.dispatcher), unit=city.next_door_unit, words="在隔壁")
    assert (fresh(member).unit, fresh(member).assignee) == (city.next_door_unit, city.neighbour)
    assert member.number in text_of(at_desk(city.neighbour).get(f"/desk/cases/{member.number}"))
    assert at_desk(city.zhang).get(f"/desk/cases/{member.number}").status_code == 404
    proved()


def test_a_declined_lead_declines_its_members_with_the_reason(city, case, member, client):
    merge(city, member, case)
    advance(case, "decline", by=staff(city.dispatcher), words="正在诉讼", channel="请向区法院反映")
    assert fresh(member).state == "declined"
    assert told(member, "declined") == [SECOND]
    page = text_of(client.get(f"/t/{member.requester.tracking_token}"))
    assert "请向区法院反映" in page


def test_when_the_lead_is_withdrawn_the_oldest_member_takes_over(city, case, member):
    third = a_second(city, phone="13909430003")
    merge(city, member, case)
    merge(city, third, case)
    advance(case, "withdraw", by=requester_of_case(case))
    assert (fresh(member).state, fresh(member).lead) == ("dispatched", None)
    assert (fresh(third).state, fresh(third).lead) == ("merged", member)
    answer(city, member)
    assert fresh(third).state == "answered"
    proved()


def test_a_member_withdraws_alone(city, case, member):
    merge(city, member, case)
    advance(member, "withdraw", by=requester_of_case(member))
    assert fresh(member).state == "withdrawn"
    assert moves(case)[-1] == "member_left"
    answer(city, case)
    assert fresh(member).state == "withdrawn"


def test_a_lead_merged_itself_brings_its_members(city, case, member):
    main = a_second(city, phone="13909430003")
    merge(city, member, case)
    merge(city, case, main)
    assert fresh(member).lead == main
    answer(city, main)
    assert {fresh(each).state for each in (case, member, main)} == {"answered"}
    proved()


def test_a_member_that_is_reopened_is_its_own_case_from_then_on(city, case, member):
    merge(city, member, case)
    answer(city, case)
    advance(member, "reopen", by=requester_of_case(member), words="还是坏的")
    assert (fresh(member).state, fresh(member).lead) == ("dispatched", None)
    proved()


def test_into_a_member_into_a_closed_one_and_into_itself_are_refused_clearly(city, case, member):
    third = a_second(city, phone="13909430003")
    merge(city, member, case)
    with pytest.raises(Refused, match=f"已经并入 {case.number}"):
        merge(city, third, member)
    with pytest.raises(Refused, match="它自己"):
        merge(city, third, third)
    with pytest.raises(TooLate):
        merge(city, member, third)
    answer(city, case)
    with pytest.raises(Refused, match="已经办结"):
        merge(city, third, case)
    assert fresh(third).state == "dispatched"


def test_sealed_matters_are_merged_with_nothing_nor_betrayed(city, case):
    sealed = a_second(city, is_sealed=True, accused_level="township")
    visit = desk_of(city.zhang, case)
    visit.refused("merge", "没有找到您可以办理的事项", lead_number=sealed.number)
    also = a_second(city, is_sealed=True, accused_level="village", phone="13909430003")
    with pytest.raises(Refused, match="不能并单"):
        advance(also, "merge", by=staff(city.inspector), lead=sealed)


@pytest.mark.parametrize("number", ["260000000", "abc", "1" * 30])
def test_a_number_that_is_none_is_refused_with_the_words_kept(city, member, number):
    visit = desk_of(city.zhang, member)
    shown = visit.refused("merge", "没有找到", lead_number=number, words="同一个井盖")
    assert "同一个井盖" in shown


def test_a_case_of_others_cannot_be_merged_into(city, case):
    far = a_filed(city, place=city.far_village, code=None, spot="").case
    desk_of(city.zhang, case).refused("merge", "没有找到", lead_number=far.number)
    leader = staff(city.commissioner)
    with pytest.raises(NotThere):
        advance(case, "merge", by=leader, lead=far)


def test_a_confidential_member_keeps_its_identity(city, case):
    member = a_second(city, is_confidential=True)
    advance(member, "contact_reached", by=staff(city.county_duty))
    advance(member, "merge", by=staff(city.county_duty), lead=case)
    assert fresh(member).unit == city.yihe_unit
    shown = desk_of(city.zhang, member).shown
    assert "高玉兰" not in shown
    assert "只有白银区综治中心能看" in shown
    answer = at_desk(city.zhang).post(f"/desk/cases/{member.number}/call")
    assert SECOND not in text_of(answer)


def test_whoever_gets_no_sms_is_called_before_the_merger(city, case):
    member = a_second(city, phone="0943-8221234")
    with pytest.raises(Refused, match="座机"):
        merge(city, member, case)
    advance(member, "contact_reached", by=staff(city.zhang))
    merge(city, member, case)
    assert fresh(member).state == "merged"
