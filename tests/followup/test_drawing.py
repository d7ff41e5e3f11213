"""Which answers are followed up: some always, a share of the rest by a draw one can do again."""

import hashlib
import threading
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from builders import requester_of, staff
from follow_ups import COUNTY, DAY, FAR_COUNTY, MORNING, NEXT_MORNING, draw, follow_up_of, say
from mashang.cases.actions.identity import erase
from mashang.cases.actions.moving import advance
from mashang.cases.models import DayRoot, Limit
from mashang.cases.proving import make_roots
from mashang.core.cached import forget_all
from mashang.followup.drawing import draw_day, draw_due
from mashang.followup.models import Draw, FollowUp, Reason
from mashang.people.models import Role, Unit, UnitKind

pytestmark = pytest.mark.django_db


def reasons() -> dict[int, str]:
    return dict(FollowUp.objects.values_list("case", "reason"))


def test_complaints_and_reopened_matters_are_all_followed_up_and_a_share_of_the_rest(
    city, caller, answered
):
    disputed, unhappy, again = (answered() for _ in range(3))
    say(disputed, "dispute", score="dissatisfied")
    say(unhappy, "confirm", score="dissatisfied")
    say(again, "reopen", words="还是坏的")
    zhang = staff(city.zhang)
    advance(again.case, "contact_reached", by=zhang, at=MORNING + timedelta(hours=3))
    advance(
        again.case, "answer", by=zhang, at=MORNING + timedelta(hours=4), words="又换", answer="换好"
    )
    rest = [answered() for _ in range(6)]
    say(rest[0], "confirm", score="satisfied")
    draw()
    found = reasons()
    assert found.pop(disputed.case.pk) == Reason.DISPUTED
    assert found.pop(unhappy.case.pk) == Reason.DISSATISFIED
    assert found.pop(again.case.pk) == Reason.REOPENED
    assert list(found.values()) == [Reason.SAMPLE] * 2  # 20 % of six, rounded up
    assert set(found) <= {filed.case.pk for filed in rest}
    counts = Draw.objects.get(county=COUNTY).counts
    assert counts == {
        "answers": 9, "disputed": 1, "dissatisfied": 1, "reopened": 1, "pool": 6, "sample": 2,
    }  # fmt: skip


def test_anonymous_and_erased_people_are_left_out_and_counted(city, caller, answered):
    answered(is_anonymous=True, name="", phone="")
    erased = answered()
    erase(erased.case, by=requester_of(erased), at=MORNING + timedelta(hours=1))
    open_again = answered()
    say(open_again, "reopen", words="没有修")
    draw()
    assert not FollowUp.objects.exists()
    counts = Draw.objects.get(county=COUNTY).counts
    assert counts == {
        "answers": 3, "anonymous": 1, "erased": 1, "moved_on": 1, "pool": 0, "sample": 0,
    }  # fmt: skip


def test_anybody_can_do_the_draw_again_from_what_is_public(city, caller, answered):
    filed = [answered() for _ in range(8)]
    draw()
    root = DayRoot.objects.get(day=DAY).root
    seed = hashlib.sha256(f"{DAY}:{COUNTY}:ordinary:{root}".encode()).hexdigest()
    lots = sorted(
        (hashlib.sha256(f"{seed}:{f.case.number}".encode()).hexdigest(), f.case.pk) for f in filed
    )
    assert set(reasons()) == {pk for _lot, pk in lots[:2]}


def test_a_draw_is_made_once_whoever_asks_and_not_before_the_day_has_its_root(
    city, caller, answered
):
    answered()
    assert draw_due(at=NEXT_MORNING) == 0
    assert draw() == 2  # one a county
    assert draw_due(at=NEXT_MORNING) == 0
    assert draw_day(DayRoot.objects.get(day=DAY), at=NEXT_MORNING) == 0
    assert FollowUp.objects.count() == 1


def test_days_that_were_missed_are_drawn_later_each_by_itself(city, caller, answered):
    answered()
    draw()
    for day in (1, 3):
        answered(at=MORNING + timedelta(days=day))
    draw(at=MORNING + timedelta(days=5))
    assert sorted({str(day) for day in Draw.objects.values_list("day", flat=True)}) == [
        "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08",
    ]  # fmt: skip
    assert FollowUp.objects.count() == 3


def test_a_complaint_of_a_later_day_is_followed_up_too_and_once(city, caller, answered):
    filed = answered()
    draw()
    drawn = follow_up_of(filed)
    assert drawn.reason == Reason.SAMPLE
    say(filed, "dispute", score="dissatisfied", at=NEXT_MORNING)
    draw(at=NEXT_MORNING + timedelta(days=1))
    drawn.refresh_from_db()
    assert drawn.reason == Reason.DISPUTED
    assert FollowUp.objects.count() == 1
    later = Draw.objects.get(day="2026-03-05", county=COUNTY)
    assert later.counts["already"] == 1


def test_the_share_is_the_one_in_force(city, caller, answered):
    Limit.objects.create(
        name="follow_up_share", amount=100, unit="percent", valid_from="2026-03-05"
    )
    forget_all()
    for _ in range(3):
        answered()
    draw()
    assert FollowUp.objects.count() == 3
    assert Draw.objects.get(county=COUNTY).share == 100


def test_calls_are_shared_out_and_never_given_to_the_unit_that_answered(city, caller, answered):
    sealed = answered(is_sealed=True, accused_level="village", by=city.inspector)
    kept = answered(is_confidential=True, by=city.county_duty)
    for filed in (sealed, kept):
        say(filed, "dispute", score="dissatisfied")
    for _ in range(4):
        say(answered(), "dispute", score="dissatisfied")
    draw()
    assert follow_up_of(sealed).assigned_to == city.city_inspector
    assert follow_up_of(kept).assigned_to in (city.inspector, city.inspection_lead)
    given = FollowUp.objects.filter(unit=city.yihe_unit).values_list("assigned_to", flat=True)
    assert len(set(given)) == 3  # nobody gets two while somebody has none
    assert caller.pk in given


def test_what_concerns_cadres_has_a_draw_of_its_own(city, caller, answered):
    sealed = answered(is_sealed=True, accused_level="village", by=city.inspector)
    plain = answered()
    draw()
    ordinary = Draw.objects.get(county=COUNTY, is_sealed=False)
    hidden = Draw.objects.get(county=COUNTY, is_sealed=True)
    assert ordinary.pool == [plain.case.number]
    assert hidden.pool == [sealed.case.number]
    assert ordinary.seed != hidden.seed


def test_what_the_unit_says_of_its_call_is_kept_from_its_own_records(city, caller, answered):
    in_time = answered()
    late = answered(at=MORNING)
    for filed in (in_time, late):
        say(filed, "dispute", score="dissatisfied")
    late.case.clocks.filter(name="contact").update(due_at=MORNING + timedelta(minutes=5))
    draw()
    assert follow_up_of(in_time).claimed_contact is True
    assert follow_up_of(late).claimed_contact is False


# The command -------------------------------------------------------------------------------------


def explained(*arguments: str) -> str:
    out = StringIO()
    call_command("follow_up", "--explain", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_how_a_draw_came_out(city, caller, answered):
    filed = [answered() for _ in range(3)]
    draw()
    shown = explained(DAY, COUNTY)
    for one in filed:
        assert one.case.number in shown
    assert shown.count("抽中\n") >= 1
    assert "重新计算的结果与记录一致" in shown
    assert "匿名，不能回访 0" in shown
    assert "远" not in explained(DAY, FAR_COUNTY)


def test_the_command_finds_a_draw_that_was_tampered_with(city, caller, answered):
    filed = [answered() for _ in range(6)]
    draw()
    taken = FollowUp.objects.first()
    other = next(f for f in filed if not FollowUp.objects.filter(case=f.case).exists())
    FollowUp.objects.filter(pk=taken.pk).update(case=other.case)
    with pytest.raises(CommandError, match="不符"):
        explained(DAY, COUNTY)


@pytest.mark.parametrize("arguments", [("yesterday", COUNTY), (DAY, "999999")])
def test_the_command_says_what_is_wrong_with_what_was_asked(city, arguments):
    with pytest.raises(CommandError):
        explained(*arguments)


def test_the_command_draws_what_is_due(city, caller, answered):
    answered()
    out = StringIO()
    with time_machine.travel(NEXT_MORNING, tick=False):
        call_command("follow_up", stdout=out)
    assert "回访抽取 2 份" in out.getvalue()


# Two workers -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_draw(city, caller, answered):
    answered()
    make_roots(now=NEXT_MORNING)
    done: list[int] = []

    def work() -> None:
        try:
            done.append(draw_due(at=NEXT_MORNING))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 2]
    assert FollowUp.objects.count() == 1


def test_a_county_without_staff_for_it_keeps_its_calls_unassigned(city, answered):
    Unit.objects.filter(kind=UnitKind.CENTRE).update(is_active=True)
    for account in (city.inspector, city.inspection_lead, city.city_inspector):
        account.posts.filter(role=Role.INSPECTOR).delete()
    filed = answered()
    draw()
    assert follow_up_of(filed).assigned_to is None
