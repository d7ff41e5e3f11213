"""回避: kin and the accused's unit have nothing to do with a case, and see nothing of it."""

from datetime import timedelta

import pytest

from builders import NOON, WORDS, a_filed, a_post, someone, staff
from mashang.cases.access import may_see_identity, relations, visible_to
from mashang.cases.actions import climbing
from mashang.cases.actions.moving import NotThere, advance
from mashang.cases.models import Conflict
from mashang.cases.proving import Fault, verify
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from mashang.people.models import Role
from visits import address, at_desk, bound_phone, desk_of, fresh, link_of, text_of

pytestmark = pytest.mark.django_db


def told(case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


def sees_nothing(account, case) -> None:
    """In lists, by number, on the page, and for a move."""
    actor = staff(account)
    assert not visible_to(actor).filter(pk=case.pk).exists()
    assert not relations(actor, fresh(case))
    assert not may_see_identity(actor, fresh(case))
    browser = at_desk(account)
    for tab in ("mine", "unit", "all"):
        assert case.number not in text_of(browser.get("/desk", {"tab": tab}))
    assert browser.get("/desk", {"number": case.number}).status_code == 200
    assert browser.get(f"/desk/cases/{case.number}").status_code == 404
    with pytest.raises(NotThere):
        advance(case, "note", by=actor, words="看一眼")


def test_whoever_declares_a_conflict_hands_it_to_the_next_and_sees_it_no_more(city, case, zhang):
    link = link_of(case, city.zhang)
    answer = zhang.make("withdraw_from", words="反映的是我表弟家")
    assert answer.status_code == 302
    assert fresh(case).assignee == city.li
    assert told(case, "handed_over") == [city.li.phone]
    sees_nothing(city.zhang, case)
    after = bound_phone_answer(zhang, link)
    assert WORDS[:8] not in after
    assert WORDS[:8] in desk_of(city.li, case).shown
    assert "反映的是我表弟家" in desk_of(city.li, case).shown
    assert not [found for found in verify() if isinstance(found, Fault)]


def bound_phone_answer(visit, link) -> str:
    answer = visit.browser.get(address(link))
    assert answer.status_code == 410
    return text_of(answer)


def test_where_nobody_is_left_it_goes_to_the_unit_above(city, case):
    for name in ("zhang", "li"):
        advance(case, "withdraw_from", by=staff(getattr(city, name)), words="亲戚")
    assert fresh(case).assignee == city.lead
    advance(case, "withdraw_from", by=staff(city.lead), words="也是亲戚")
    now = fresh(case)
    assert (now.unit, now.assignee) == (city.township_unit, city.dispatcher)
    for name in ("zhang", "li", "lead"):
        sees_nothing(getattr(city, name), case)


def test_a_dispatcher_excludes_a_kinsman_above(city, case):
    visit = desk_of(city.dispatcher, case)
    assert "王政法" in visit.shown
    visit.made("exclude", person=city.commissioner.pk, words="被反映的是他侄子")
    sees_nothing(city.commissioner, case)
    assert "回避：王政法" in visit.look()


def test_an_excluded_unit_loses_the_case_and_never_gets_it_back(city, case):
    advance(
        case, "exclude", by=staff(city.dispatcher), barred=city.yihe_unit, words="物业是他们办的"
    )
    now = fresh(case)
    assert (now.unit, now.assignee) == (city.township_unit, city.dispatcher)
    for name in ("zhang", "li", "lead"):
        sees_nothing(getattr(city, name), case)
    visit = desk_of(city.dispatcher, case)
    assert "颐和社区居委会" not in visit.shown.split("/moves/redispatch")[1].split("</form>")[0]
    with pytest.raises(Refused, match="要回避这件事"):
        advance(
            case, "redispatch", by=staff(city.dispatcher), unit=city.yihe_unit, words="还是你们"
        )


def test_whoever_also_serves_in_an_excluded_unit_is_excluded_too(city, case):
    a_post(city.neighbour, city.township_unit, Role.HANDLER)
    advance(case, "exclude", by=staff(city.inspector), barred=city.next_door_unit, words="有牵连")
    sees_nothing(city.neighbour, case)


def test_nobody_excluded_is_warned_or_told_by_the_ladder(city, case, noon):
    advance(case, "exclude", by=staff(city.dispatcher), person=city.commissioner, words="亲戚")
    noon.shift(timedelta(minutes=20))
    climbing.look_at_due()
    noon.shift(timedelta(minutes=10))
    climbing.look_at_due()
    assert told(case, "contact_warning") == [city.zhang.phone]
    assert city.commissioner.phone not in told(case, "contact_overdue")
    noon.shift(timedelta(minutes=30))
    climbing.look_at_due()
    assert told(case, "contact_overdue") == [head.phone for head in city.heads]


def test_an_exclusion_made_in_error_is_taken_back(city, case):
    advance(case, "exclude", by=staff(city.dispatcher), person=city.commissioner, words="亲戚")
    visit = desk_of(city.dispatcher, case)
    visit.made("readmit", conflict=Conflict.objects.get().pk, words="同名的人")
    assert not fresh(case).has_conflicts
    assert at_desk(city.commissioner).get(f"/desk/cases/{case.number}").status_code == 200
    assert "/moves/readmit" not in visit.look()


def test_nobody_takes_back_their_own_nor_excludes_themselves_by_the_wrong_move(city, case):
    with pytest.raises(Refused, match="本人回避"):
        advance(case, "exclude", by=staff(city.dispatcher), person=city.dispatcher, words="x")
    with pytest.raises(Refused, match="一次一个"):
        advance(case, "exclude", by=staff(city.dispatcher), words="x")
    advance(case, "withdraw_from", by=staff(city.zhang), words="亲戚")
    with pytest.raises(NotThere):
        advance(
            case, "readmit", by=staff(city.zhang), conflict=Conflict.objects.get().pk, words="x"
        )


@pytest.mark.parametrize("name", ["zhang", "commissioner", "far_cadre", "auditor"])
def test_only_dispatchers_and_inspectors_exclude_others(city, case, name):
    with pytest.raises(NotThere):
        advance(case, "exclude", by=staff(getattr(city, name)), person=city.li, words="x")
    assert not Conflict.objects.exists()


def test_of_a_sealed_case_nobody_is_on_duty_who_also_serves_where_it_concerns(city, noon):
    a_post(city.inspector, city.township_unit, Role.HANDLER)
    case = a_filed(city, is_sealed=True, accused_level="township").case
    assert case.assignee == city.inspection_lead
    assert told(case, "sealed_new") == [city.inspection_lead.phone]
    sees_nothing(city.inspector, case)
    assert WORDS[:8] in desk_of(city.inspection_lead, case).shown


def test_an_inspector_with_a_conflict_leaves_a_sealed_case_to_another(city, noon):
    case = a_filed(city, is_sealed=True, accused_level="village").case
    link = link_of(case, city.inspector)
    phone = bound_phone(link)
    advance(case, "withdraw_from", by=staff(city.inspector), words="同学")
    assert fresh(case).assignee == city.inspection_lead
    sees_nothing(city.inspector, case)
    assert phone.get(address(link)).status_code == 404


def test_a_case_without_conflicts_costs_no_question_more(city, case, django_assert_num_queries):
    actor = staff(city.zhang)
    assert actor.posts
    with django_assert_num_queries(0):
        assert relations(actor, case)


def test_lists_without_and_with_conflicts_ask_equally_often(city, case):
    other = someone("other", "别人", city.yihe_unit, Role.HANDLER)
    more = [a_filed(city).case for _number in range(2)]
    for each in more:
        advance(each, "exclude", by=staff(city.dispatcher), person=other, words="亲戚", at=NOON)
    assert set(visible_to(staff(city.zhang))) == {case, *more}
    assert set(visible_to(staff(other))) == {case}
