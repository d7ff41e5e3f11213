"""What each figure counts, on a day counted by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from builders import a_filed, requester_of, staff
from counted_day import DAY, MORNING, NOON, TODAY, count, minutes
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.insight import counting, sheet
from mashang.insight.definitions import FIGURES, PARTS, Basis
from mashang.insight.models import Fact
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from mashang.people.actors import SYSTEM

pytestmark = pytest.mark.django_db

# Of the county of 颐和社区: ten cases that are not sealed.
BY_HAND = {
    "received": 10, "declined": 1, "withdrawn": 1, "merged": 1, "valid": 7,
    "open": 3, "closed": 4, "confirmed": 1,
    "contact": 5, "contact_met": 3, "contact_running": 1, "contact_none": 1,
    "contact_logged": 4, "contact_proved": 1, "contact_claimed": 2, "contact_denied": 1,
    "contact_unlogged": 3,
    "acknowledge": 5, "acknowledge_met": 5, "acknowledge_running": 2,
    "timed": 4, "on_time": 4,
    "returned": 1, "answered": 4, "unanswered": 3,
    "asked": 3, "not_asked": 1, "rated": 2, "unrated": 1,
    "satisfied": 1, "dissatisfied": 1, "solved": 1,
    "contact_timed": 4, "acknowledge_timed": 5, "answer_timed": 4,
    "flow_closed": 4, "flow_timed": 4, "flow_on_time": 4,
}  # fmt: skip


def counts(scene, place=None):
    return sheet.read(Scope(place=place or scene.city.county), TODAY).counts


def test_every_part_of_the_day_is_as_counted_by_hand(scene):
    found = counts(scene)
    assert {name: found[name] for name in PARTS if found[name]} == BY_HAND


def test_what_a_rate_is_of_and_what_it_leaves_out_are_all_there_is(scene):
    found = counts(scene)
    everything = {
        "rated": found["asked"] + found["not_asked"],
        "asked": found["asked"] + found["not_asked"],
        "flow_timed": found["flow_closed"],
    }
    for figure in FIGURES.values():
        if figure.is_rate:
            assert 0 <= found[figure.counts] <= found[figure.of]
            left_out = sum(found[name] for name in figure.leaves_out)
            whole = everything.get(figure.of, found["received"])
            assert found[figure.of] + left_out == whole, figure.name


def test_the_number_and_the_list_behind_it_come_from_one_condition(scene):
    scope = Scope(place=scene.city.county)
    found = counts(scene)
    for part in PARTS.values():
        rows = counting.rows_of(part, scope.condition, TODAY)
        if part.basis != Basis.STOCK:
            assert rows.count() == found[part.name], part.name


def test_a_place_counts_what_is_in_it_and_the_unit_what_it_has(scene):
    assert counts(scene, scene.city.next_door)["received"] == 1
    assert counts(scene, scene.city.yihe)["received"] == 9
    # Declined and withdrawn ones stay with the unit that had them.
    assert sheet.read(Scope(unit=scene.city.yihe_unit), TODAY).counts["received"] == 9
    assert sheet.read(Scope(unit=scene.city.inspection), TODAY).counts["received"] == 0


def test_sealed_matters_are_in_no_number(scene):
    assert Fact.objects.get(case=scene.sealed.case).is_sealed
    scope = Scope(place=scene.city.county).condition
    for part in PARTS.values():
        assert not counting.rows_of(part, scope, TODAY).filter(is_sealed=True).exists()


def test_in_hand_is_by_state_whenever_it_was_received(scene):
    a_filed(scene.city, at=MORNING - timedelta(days=400))
    count(NOON)
    states = {
        name: number for name, _label, number in sheet.in_hand(Scope(place=scene.city.county))
    }
    assert states == {"dispatched": 3, "return_asked": 1, "merged": 1}


def test_a_limit_that_passes_changes_the_figures_without_any_move(scene):
    assert counts(scene)["contact_running"] == 1
    count(minutes(201))
    found = counts(scene)
    assert (found["contact_running"], found["contact"], found["contact_met"]) == (0, 6, 3)


def test_what_is_reopened_is_closed_no_more_and_counts_as_redone_when_it_is_again(scene):
    case, resident = scene.silent.case, requester_of(scene.silent)
    advance(case, "reopen", by=resident, at=minutes(200), words="又坏了")
    count(minutes(200))
    found = counts(scene)
    assert (found["closed"], found["flow_closed"], found["answered"], found["redone"]) == (
        3,
        3,
        4,
        1,
    )
    zhang, later = staff(scene.city.zhang), MORNING + timedelta(days=1)
    advance(case, "contact_reached", by=zhang, at=later)
    advance(case, "answer", by=zhang, at=later, words="又换了", answer="又换好了。")
    count(later)
    found = counts(scene)
    assert (found["closed"], found["flow_closed"], found["redone"]) == (4, 3, 1)
    next_day = Period(DAY + timedelta(days=1), DAY + timedelta(days=1))
    flow = sheet.read(Scope(place=scene.city.county), next_day).counts
    assert (flow["flow_closed"], flow["received"]) == (1, 0)


def test_a_rating_that_comes_days_later_counts_on_the_day_of_receipt(scene):
    later = MORNING + timedelta(days=5)
    advance(scene.silent.case, "confirm", by=requester_of(scene.silent), at=later, score="fair")
    count(later)
    found = counts(scene)
    assert (found["rated"], found["fair"], found["confirmed"]) == (3, 1, 2)


def test_erased_people_are_not_asked_and_need_no_call(scene):
    from mashang.cases.actions.identity import erase  # noqa: PLC0415

    erase(scene.waiting.case, by=requester_of(scene.waiting), at=minutes(181))
    erase(scene.silent.case, by=requester_of(scene.silent), at=minutes(181))
    count(minutes(181))
    found = counts(scene)
    assert (found["asked"], found["not_asked"]) == (2, 2)
    assert (found["contact"], found["contact_running"], found["contact_none"]) == (5, 0, 2)


def test_times_are_told_as_people_say_them(scene):
    found = sheet.read(Scope(place=scene.city.county), TODAY)
    told = {each.duration.name: (each.median, each.ninth) for each in found.timings}
    # Called after 10, 10, 29 and 45 minutes; answered after 20, 20, 60, 60.
    assert told["contact_time"] == (10, 45)
    assert told["answer_time"] == (20, 60)


@pytest.mark.parametrize(
    ("minutes", "said", "beyond"),
    [
        (0, 0, 1), (59, 59, 60), (60, 60, 120), (119, 60, 120), (2879, 2820, 2880),
        (2880, 2880, 4320), (5000, 4320, 5760),
    ],
)  # fmt: skip
def test_durations_are_kept_in_the_units_in_which_they_are_said(minutes, said, beyond):
    assert counting.bucket(minutes) == said
    assert counting.beyond(said) == beyond > minutes


def test_splits_add_up_to_what_was_received(scene):
    found = sheet.read(Scope(place=scene.city.county), TODAY)
    assert {label: n for label, n, _url in found.channels if n} == {"网页": 9, "电话代办": 1}
    assert sum(n for _label, n, _url in found.channels) == 10
    assert sum(cell.number for _day, hours in found.hours for cell in hours) == 10
    wednesday = [cell.number for cell in found.hours[2][1]]
    assert (wednesday[9], wednesday[11]) == (9, 1)
    assert [(label, n) for label, n, _url in found.categories] == [("还没有分类", 10)]


def test_places_below_are_in_the_order_of_their_codes_those_without_cases_too(scene):
    rows = sheet.below(Scope(place=scene.city.township), TODAY)
    assert [(row.place, row.counts["received"]) for row in rows] == [
        (scene.city.yihe, 9), (scene.city.next_door, 1),
    ]  # fmt: skip
    assert [
        row.counts["received"] for row in sheet.below(Scope(place=scene.city.county), TODAY)
    ] == [10]


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (21_320, 22_000, "96.91"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 8, "12.50"),
        (0, 5, "0.00"),
        (5, 5, "100.00"),
    ],
)
def test_percents_come_from_whole_numbers(part, whole, said):
    assert sheet.percent(part, whole) == Decimal(said)


def test_nothing_of_nothing_is_no_percentage():
    assert sheet.percent(0, 0) is None


def test_a_case_that_moves_while_it_is_counted_is_counted_once_more(scene, monkeypatch):
    from mashang.insight import keeping  # noqa: PLC0415

    case, derive = scene.waiting.case, keeping.derive

    def derive_and_move(keys, *, at):
        found = derive(keys, at=at)
        Case.objects.filter(pk=case.pk).update(version=99)
        return found

    Case.objects.filter(pk=case.pk).update(is_counted=False)
    monkeypatch.setattr(keeping, "derive", derive_and_move)
    keeping.keep_up(at=NOON)
    assert not Case.objects.get(pk=case.pk).is_counted


def test_a_call_on_record_is_counted_apart_and_undoes_a_denial(scene):
    facts = {"call": "call-1-1", "talked": 42, "answered": minutes(190).isoformat()}
    for filed in (scene.forgotten, scene.disputed):
        state = Case.objects.get(pk=filed.case.pk).state
        move = "contact_recorded" if state == "dispatched" else "contact_recorded_later"
        advance(filed.case, move, by=SYSTEM, at=minutes(200), **facts)
    count(minutes(200))
    found = counts(scene)
    names = ("record", "proved", "claimed", "denied", "logged")
    assert [found[f"contact_{name}"] for name in names] == [2, 1, 2, 0, 5]
