"""Calling a resident back: who may, what is written down, and what happens then."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import NAME, PHONE, a_post
from follow_ups import COUNTY, DAY, NEXT_MORNING, draw, follow_up_of, say
from mashang.cases.models import Case, Rating
from mashang.followup.actions import drop_moved_on
from mashang.followup.models import Draw, FollowUp, Outcome
from mashang.messaging.models import Message
from mashang.people.models import Role
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
GOOD = {"outcome": "reached", "contacted": "yes", "solved": "yes", "score": "satisfied"}


@pytest.fixture
def filed(city, caller, answered):
    """A disputed answer, so that it is followed up for certain."""
    filed = answered()
    say(filed, "dispute", score="dissatisfied", words="还是坏的")
    draw()
    return filed


@pytest.fixture
def row(filed) -> FollowUp:
    return follow_up_of(filed)


class Caller:
    """Somebody with a call before them."""

    def __init__(self, account, row: FollowUp, *, at=NEXT_MORNING):
        self.row, self.at = row, at
        with time_machine.travel(at, tick=False):
            self.browser = at_desk(account)

    @property
    def address(self) -> str:
        return f"/desk/follow-up/{self.row.pk}"

    def look(self):
        with time_machine.travel(self.at, tick=False):
            return self.browser.get(self.address)

    def phone(self):
        with time_machine.travel(self.at, tick=False):
            return self.browser.post(f"{self.address}/call")

    def send(self, *, seen: int = 0, **fields: object):
        with time_machine.travel(self.at, tick=False):
            return self.browser.post(f"{self.address}/outcome", {"seen": seen, **fields})


def fresh(row: FollowUp) -> FollowUp:
    return FollowUp.objects.get(pk=row.pk)


def moves(case: Case) -> list[str]:
    return list(case.entries.order_by("seq").values_list("move", flat=True))


# What stands on the page -------------------------------------------------------------------------


def test_the_page_has_the_script_and_what_the_unit_claims_beside_the_questions(caller, row):
    shown = text_of(Caller(caller, row).look())
    assert "您好，我是白银区综治中心的回访员" in shown
    assert "颐和社区居委会已经答复" in shown
    assert "单位登记：按时联系上了。" in shown
    assert "井盖已经换好。" in shown
    assert "还是坏的" in shown  # the resident's own rating
    assert PHONE not in shown
    assert NAME not in shown


def test_looking_at_the_phone_is_recorded_and_shows_it_once(caller, filed, row):
    visit = Caller(caller, row)
    shown = text_of(visit.phone())
    assert f'href="tel:{PHONE}"' in shown
    entry = filed.case.entries.latest("seq")
    assert (entry.move, entry.account) == ("look", caller)
    assert fresh(row).assigned_to == caller
    assert PHONE not in text_of(visit.look())


def test_what_the_resident_says_is_kept_beside_what_the_unit_claims(caller, filed, row):
    answer = Caller(caller, row).send(
        **GOOD | {"contacted": "no", "words": "一个星期以后才来电话", "score": "fair"}
    )
    assert answer.status_code == 302
    kept = fresh(row)
    assert (kept.claimed_contact, kept.was_contacted) == (True, False)
    assert (kept.is_solved, kept.score, kept.words) == (True, "fair", "一个星期以后才来电话")
    assert (kept.called_by, kept.called_at) == (caller, NEXT_MORNING)
    entry = filed.case.entries.latest("seq")
    assert entry.move == "follow_up"
    assert entry.data["contacted"] == "no"
    assert Rating.objects.get(case=filed.case).words == "还是坏的"


def test_the_handling_unit_reads_in_the_case_what_was_said_and_not_before(city, caller, row):
    def shown() -> str:
        with time_machine.travel(NEXT_MORNING, tick=False):
            return text_of(at_desk(city.zhang).get(f"/desk/cases/{row.case.number}"))

    assert "回访" not in shown()
    Caller(caller, row).send(**GOOD, words="都好")
    assert "诉求人说：解决了" in shown()
    assert "都好" in shown()


@pytest.mark.parametrize("missing", ["contacted", "solved", "score"])
def test_an_answer_that_is_missing_is_asked_for_and_nothing_typed_is_lost(caller, row, missing):
    visit = Caller(caller, row)
    answer = visit.send(**{**GOOD, missing: "", "words": "话很多"})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "请把三个问题的回答都选上" in shown
    assert "话很多" in shown
    assert fresh(row).is_open
    assert "follow_up" not in moves(row.case)


def test_nonsense_is_refused(caller, row):
    visit = Caller(caller, row)
    assert visit.send(**GOOD | {"outcome": "moved_on"}).status_code == 422
    assert visit.send(**GOOD | {"score": "excellent"}).status_code == 422
    assert visit.send(**GOOD | {"words": "长" * 2001}).status_code == 422
    assert fresh(row).is_open


# Not reached, refused, twice ---------------------------------------------------------------------


def test_after_three_calls_that_nobody_takes_the_matter_counts_as_not_reached(caller, row):
    for tried in range(3):
        visit = Caller(caller, row, at=NEXT_MORNING + timedelta(hours=tried))
        assert visit.send(seen=tried, outcome="not_reached").status_code == 302
        assert fresh(row).is_open == (tried < 2)
    kept = fresh(row)
    assert (kept.tries, kept.outcome) == (3, Outcome.NOT_REACHED)
    assert moves(row.case).count("follow_up") == 3


def test_who_does_not_want_to_be_asked_is_not_asked_again(caller, row):
    Caller(caller, row).send(outcome="refused", words="在开车，别打了")
    kept = fresh(row)
    assert (kept.outcome, kept.is_open, kept.is_solved) == (Outcome.REFUSED, False, None)


def test_what_is_not_solved_goes_back_to_its_unit_which_is_told(city, caller, filed, row):
    bad = {**GOOD, "solved": "no", "score": "dissatisfied", "words": "井盖又松了"}
    assert Caller(caller, row).send(**bad, send_back="on").status_code == 302
    row, case = fresh(row), filed.case
    case.refresh_from_db()
    assert (row.is_solved, row.was_sent_back) == (False, True)
    assert (case.state, case.reworks, case.reopenings) == ("dispatched", 1, 0)
    assert case.entries.get(move="rework").data["words"] == "井盖又松了"
    told = Message.objects.get(subject=case.subject, template="rework_duty")
    assert told.phone == city.zhang.phone
    assert {clock.name for clock in case.clocks.filter(stopped_at=None)} == {
        "contact", "acknowledge", "handling",
    }  # fmt: skip


def test_what_is_not_solved_stays_closed_where_the_caller_does_not_send_it_back(
    city, caller, filed, row
):
    bad = {**GOOD, "solved": "no", "score": "dissatisfied"}
    assert Caller(caller, row).send(**bad).status_code == 302
    assert fresh(row).was_sent_back is False
    filed.case.refresh_from_db()
    assert filed.case.state == "closed"
    assert not Message.objects.filter(template="rework_duty").exists()


def test_the_second_tap_of_one_finger_counts_one_try(caller, row):
    visit = Caller(caller, row)
    for _tap in range(2):
        assert visit.send(outcome="not_reached").status_code == 302
    assert fresh(row).tries == 1
    for _tap in range(2):
        assert visit.send(seen=1, **GOOD).status_code == 302
    assert moves(row.case).count("follow_up") == 2


def test_two_people_at_once_and_the_second_is_told(city, caller, row):
    Caller(caller, row).send(**GOOD)
    answer = Caller(city.inspector, row).send(**GOOD | {"score": "dissatisfied", "words": "不好"})
    assert answer.status_code == 409
    assert "已经登记过这次回访" in text_of(answer)
    assert fresh(row).score == "satisfied"


def test_a_matter_that_is_handled_again_is_not_asked_about(caller, filed, row):
    say(filed, "reopen", at=NEXT_MORNING, words="没修好")
    shown = at_desk(caller).get("/desk/follow-up?list=waiting")
    assert filed.case.number not in text_of(shown)
    answer = Caller(caller, row).send(**GOOD)
    assert answer.status_code == 302
    kept = fresh(row)
    assert (kept.outcome, kept.is_solved, kept.tries) == (Outcome.MOVED_ON, None, 0)
    assert "follow_up" not in moves(filed.case)


def test_the_worker_closes_calls_that_have_become_pointless(caller, filed, row):
    assert drop_moved_on() == 0
    say(filed, "reopen", at=NEXT_MORNING, words="没修好")
    assert drop_moved_on() == 1
    assert fresh(row).outcome == Outcome.MOVED_ON


# Who may -----------------------------------------------------------------------------------------


def outcomes(account, row: FollowUp) -> set[int]:
    visit = Caller(account, row)
    found = {visit.look().status_code, visit.phone().status_code, visit.send(**GOOD).status_code}
    listed = visit.browser.get("/desk/follow-up?list=waiting")
    assert row.case.number not in text_of(listed)
    return found


@pytest.mark.parametrize(
    "who",
    ["zhang", "lead", "neighbour", "dispatcher", "commissioner", "county_leader", "county_duty",
     "far_inspector", "operator", "auditor"],
)  # fmt: skip
def test_for_everybody_else_there_is_no_such_call(city, row, who):
    assert outcomes(getattr(city, who), row) == {404}
    assert fresh(row).is_open
    assert moves(row.case)[-1] == "dispute"


def test_nobody_follows_up_what_their_own_unit_answered(city, caller, answered):
    kept = answered(is_confidential=True, by=city.county_duty)
    say(kept, "dispute", score="dissatisfied")
    draw()
    row = follow_up_of(kept)
    assert outcomes(caller, row) == {404}
    assert Caller(city.inspector, row).send(**GOOD).status_code == 302


def test_an_inspector_who_also_serves_in_the_unit_does_not_check_it(city, caller, row):
    a_post(caller, city.yihe_unit, Role.HANDLER)
    assert outcomes(caller, row) == {404}


def test_what_concerns_cadres_is_asked_about_from_above_only(city, caller, answered):
    sealed = answered(is_sealed=True, accused_level="village", by=city.inspector)
    say(sealed, "dispute", score="dissatisfied")
    draw()
    row = follow_up_of(sealed)
    for who in (caller, city.inspector, city.zhang, city.far_inspector):
        assert outcomes(who, row) == {404}
    shown = text_of(Caller(city.city_inspector, row).look())
    assert "涉及干部或单位" in shown


def test_a_draw_shows_the_numbers_to_the_countys_inspectors_alone(city, caller, answered):
    plain = answered()
    sealed = answered(is_sealed=True, accused_level="village", by=city.inspector)
    draw()
    address = f"/desk/follow-up/draws/{DAY}/{COUNTY}"
    shown = text_of(at_desk(caller).get(address))
    assert plain.case.number in shown
    assert sealed.case.number not in shown
    assert "结果与记录一致" in shown
    assert at_desk(caller).get(f"{address}?sealed").status_code == 404
    assert sealed.case.number in text_of(at_desk(city.inspector).get(f"{address}?sealed"))
    for who in (city.far_inspector, city.zhang, city.county_leader):
        assert at_desk(who).get(address).status_code == 404
    assert at_desk(caller).get("/desk/follow-up/draws/yesterday/620402").status_code == 404
    assert COUNTY not in text_of(at_desk(city.far_inspector).get("/desk/follow-up/draws"))


def test_a_sealed_draw_tells_no_number_to_the_county_that_is_accused(city, answered):
    """A complaint about the county itself is the city's alone."""
    sealed = answered(is_sealed=True, accused_level="county", by=city.city_inspector)
    draw()
    shown = text_of(at_desk(city.inspector).get(f"/desk/follow-up/draws/{DAY}/{COUNTY}?sealed"))
    assert sealed.case.number not in shown
    assert "另有 1 件您看不到" in shown
    assert Draw.objects.get(is_sealed=True).pool == [sealed.case.number]


# Lists and figures -------------------------------------------------------------------------------


def test_the_lists_hold_what_they_say(city, caller, answered):
    rows = []
    for _ in range(3):
        filed = answered()
        say(filed, "dispute", score="dissatisfied")
        rows.append(filed)
    draw()
    FollowUp.objects.update(assigned_to=city.inspector)
    mine, missed, done = (follow_up_of(filed) for filed in rows)
    FollowUp.objects.filter(pk=mine.pk).update(assigned_to=caller)
    Caller(city.inspector, missed).send(outcome="not_reached")
    Caller(city.inspector, done).send(**GOOD)

    def listed(name: str) -> list[bool]:
        shown = text_of(at_desk(caller).get(f"/desk/follow-up?list={name}"))
        return [row.case.number in shown for row in (mine, missed, done)]

    assert listed("mine") == [True, False, False]
    assert listed("waiting") == [True, False, False]
    assert listed("unreached") == [False, True, False]
    assert listed("done") == [False, False, True]
    assert listed("nonsense") == listed("mine")


@pytest.mark.parametrize("name", ["waiting", "done"])
def test_a_list_asks_as_often_for_three_as_for_one(city, caller, answered, name):
    def count() -> int:
        browser = at_desk(caller)
        browser.get("/desk/follow-up")  # what a first look puts into memory is there
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/desk/follow-up?list={name}")
        return len(queries)

    filed = [answered() for _ in range(3)]
    for one in filed:
        say(one, "dispute", score="dissatisfied")
    draw()
    if name == "done":
        for one in filed:
            Caller(caller, follow_up_of(one)).send(**GOOD)
    for_three = count()
    FollowUp.objects.exclude(case=filed[0].case).delete()
    assert count() == for_three <= 12


def test_units_are_counted_with_numerator_and_denominator_and_people_never(city, caller, answered):
    said = [
        GOOD,
        GOOD | {"contacted": "no", "solved": "no", "score": "dissatisfied", "send_back": ""},
        GOOD | {"contacted": "unsure", "score": "fair"},
        {"outcome": "refused"},
    ]
    filed = [answered() for _ in said]
    for one in filed:
        say(one, "dispute", score="dissatisfied")
    draw()
    for one, fields in zip(filed, said, strict=True):
        Caller(caller, follow_up_of(one)).send(**fields)
    shown = text_of(at_desk(caller).get("/desk/follow-up/units?month=2026-03"))
    row = shown.split("颐和社区居委会")[1].split("</tr>")[0]
    assert "1 / 2" in row  # of two who remember a call, one agrees with the unit
    assert "2 / 3" in row  # solved
    assert row.count("1 / 3") == 2  # satisfied, fair
    assert "张桂兰" not in shown
    assert caller.name not in shown.split("<main")[1]
    assert "还没有回访过" in text_of(at_desk(caller).get("/desk/follow-up/units?month=2026-02"))
    assert "还没有回访过" in text_of(
        at_desk(city.far_inspector).get("/desk/follow-up/units?month=2026-03")
    )
    assert at_desk(city.zhang).get("/desk/follow-up/units").status_code == 404


def test_counts_of_other_peoples_sealed_matters_are_in_nobodys_figures(city, caller, answered):
    sealed = answered(is_sealed=True, accused_level="village", by=city.inspector)
    say(sealed, "dispute", score="dissatisfied")
    draw()
    Caller(city.city_inspector, follow_up_of(sealed)).send(**GOOD)
    address = "/desk/follow-up/units?month=2026-03"
    assert "白银区督查岗" in text_of(at_desk(city.city_inspector).get(address))
    assert "还没有回访过" in text_of(at_desk(caller).get(address))


def test_the_navigation_offers_follow_up_to_those_who_do_it(city, caller, row):
    FollowUp.objects.update(assigned_to=caller)
    assert 'href="/desk/follow-up"' in text_of(at_desk(caller).get("/desk"))
    assert 'href="/desk/follow-up"' not in text_of(at_desk(city.zhang).get("/desk"))
