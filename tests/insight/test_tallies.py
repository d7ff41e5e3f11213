"""The tallies agree with the cases to the unit, whatever happens late; what does not is found."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_filed, requester_of, staff
from counted_day import DAY, MORNING, NOON, TODAY, count, minutes
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.insight import keeping, sheet, tallies
from mashang.insight.definitions import Basis
from mashang.insight.models import Fact, Tally
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NEXT_DAY = DAY + timedelta(days=1)


def agree() -> None:
    """Exit code 0: everything is as the cases say."""
    call_command("figures", "--check")


def differences(capsys) -> str:
    with pytest.raises(CommandError):
        call_command("figures", "--check")
    return capsys.readouterr().err


def test_a_day_is_kept_for_townships_counties_and_the_city_with_all_in_them(scene):
    agree()
    places = {row.place: row.counts for row in Tally.objects.filter(day=DAY, is_month=False)}
    assert {place: counts["received"] for place, counts in places.items()} == {
        "6204": 11, "620402": 10, "620402001": 10, "620422": 1, "620422200": 1,
    }  # fmt: skip
    assert places["620402"]["channel:phone"] == 1
    assert places["620402"]["hour:3:9"] == 9
    assert places["620402"]["contact_time:10"] == 2


def test_the_tally_of_a_place_is_what_its_facts_count(scene):
    scope = Scope(place=scene.city.county)
    days = {basis: sheet.within(TODAY, basis) for basis in (Basis.COHORT, Basis.FLOW)}
    direct = sheet.counting.count(scope.condition, days, by={"day": None})[DAY,]
    kept = sheet.read(scope, TODAY).counts
    assert {name: kept[name] for name in direct} == dict(direct)


def test_what_happens_late_moves_from_the_day_where_it_stood(scene):
    def flow() -> dict[object, int]:
        rows = Tally.objects.filter(place="620402", is_month=False)
        return {row.day: n for row in rows if (n := row.counts.get("flow_closed"))}

    assert flow() == {DAY: 4}
    resident, zhang = requester_of(scene.silent), staff(scene.city.zhang)
    later = MORNING + timedelta(days=1)
    advance(scene.silent.case, "reopen", by=resident, at=minutes(200), words="又坏了")
    count(minutes(200))
    assert flow() == {DAY: 3}
    advance(scene.silent.case, "contact_reached", by=zhang, at=later)
    advance(scene.silent.case, "answer", by=zhang, at=later, words="换了", answer="换好了。")
    count(later)
    assert flow() == {DAY: 3, NEXT_DAY: 1}
    rated = MORNING + timedelta(days=6)
    advance(scene.silent.case, "confirm", by=resident, at=rated, score="satisfied")
    advance(scene.forgotten.case, "withdraw", by=requester_of(scene.forgotten), at=rated)
    count(rated)
    assert Tally.objects.get(place="620402", day=DAY).counts["withdrawn"] == 2
    assert Tally.objects.get(place="620402", day=DAY).counts["satisfied"] == 2
    with time_machine.travel(rated, tick=False):
        agree()


def test_a_day_that_nothing_counts_on_any_more_has_no_row(scene):
    later = MORNING + timedelta(days=1)
    filed = a_filed(scene.city, at=later)
    count(later)
    assert Tally.objects.filter(day=NEXT_DAY).count() == 3
    Case.objects.filter(pk=filed.case.pk).update(is_sealed=True, is_counted=False)
    count(later)
    assert not Tally.objects.filter(day=NEXT_DAY).exists()


def test_what_was_altered_is_found_and_named_and_a_rebuild_puts_it_right(scene, capsys):
    Fact.objects.filter(pk=scene.disputed.case.pk).update(contact="met")
    row = Tally.objects.get(place="6204", day=DAY)
    row.counts["closed"] += 1
    row.save()
    Fact.objects.filter(pk=scene.far.case.pk).delete()
    Tally.objects.filter(place="620402001", day=DAY).delete()
    found = differences(capsys)
    assert f"case {scene.disputed.case.pk}: contact is 'met', not 'late'" in found
    assert f"case {scene.far.case.pk}: no facts" in found
    assert "6204 on 2026-03-04: closed is 5, not 4" in found
    assert "620402001 on 2026-03-04: received is 0, not 10" in found
    call_command("figures", "--rebuild")
    agree()
    assert sheet.read(Scope(place=scene.city.county), TODAY).counts["contact_met"] == 3


def test_what_is_not_counted_yet_is_counted_before_it_is_checked(scene):
    a_filed(scene.city, at=NOON)
    agree()
    assert sheet.read(Scope(place=scene.city.county), TODAY).counts["received"] == 11


def test_what_moves_while_it_is_checked_is_no_difference(scene, monkeypatch):
    derive = keeping.derive

    def move_and_derive(keys, *, at):
        if scene.waiting.case.pk in keys:
            advance(scene.waiting.case, "acknowledge", by=staff(scene.city.zhang), at=NOON)
        return derive(keys, at=at)

    monkeypatch.setattr(keeping, "derive", move_and_derive)
    agree()
    assert not Case.objects.get(pk=scene.waiting.case.pk).is_counted


def test_every_entry_has_its_case_counted_again(scene):
    assert Case.objects.get(pk=scene.waiting.case.pk).is_counted
    advance(scene.waiting.case, "acknowledge", by=staff(scene.city.zhang), at=NOON)
    assert not Case.objects.get(pk=scene.waiting.case.pk).is_counted
    count(NOON)
    assert Fact.objects.get(pk=scene.waiting.case.pk).acknowledge == "met"


def test_nothing_is_written_where_nothing_changed(scene):
    Case.objects.filter(pk=scene.silent.case.pk).update(is_counted=False)
    with CaptureQueriesContext(connection) as asked:
        count(NOON)
    written = [q["sql"] for q in asked if "insight_tally" in q["sql"] and "SELECT" not in q["sql"]]
    assert written == []


def test_the_check_of_the_field_is_printed_as_published(scene):
    """22,000 accepted and 21,320 closed are 96.91 %; of rounded numbers they would not be."""
    counts = {"received": 22_000, "valid": 22_000, "closed": 21_320, "open": 680}
    Tally.objects.create(place="620402", day=DAY - timedelta(days=30), counts=counts)
    day = f"{DAY - timedelta(days=30)}"
    page = text_of(at_desk(scene.city.county_duty).get(f"/desk/figures?from={day}&to={day}"))
    assert "96.91%" in page
    assert "22000" in page
    assert "21320" in page
    two = f"/desk/figures?from={day}&to={DAY}"
    page = text_of(at_desk(scene.city.county_duty).get(two))
    assert "96.90%" in page  # 21,324 of 22,007


def test_a_long_period_is_added_up_from_its_months_and_says_the_same(scene):
    later = MORNING + timedelta(days=45)
    a_filed(scene.city, at=later)
    count(later)
    for first, last in ((-200, 60), (-63, 0), (-4, 60), (-3, 58), (0, 90)):
        period = Period(DAY + timedelta(days=first), DAY + timedelta(days=last))
        kept = sheet.read(Scope(place=scene.city.county), period)
        expected = 10 + (last >= 45)
        assert kept.counts["received"] == expected, period
        assert sum(received for _label, received, _closed in sheet.over_time(kept)) == expected
        (row,) = sheet.below(Scope(place=scene.city.county), period)
        assert row.counts["received"] == expected
    assert Tally.objects.get(place="620402", is_month=True, day="2026-03-01").counts["valid"] == 7
    Tally.objects.filter(place="620402", is_month=True).update(counts={"valid": 8})
    with time_machine.travel(later, tick=False), pytest.raises(CommandError):
        call_command("figures", "--check")
    with time_machine.travel(later, tick=False):
        call_command("figures", "--rebuild")
        agree()


def test_days_with_facts_or_tallies_are_all_checked(scene):
    Tally.objects.create(place="6204", day=DAY - timedelta(days=9), counts={"received": 1})
    assert tallies.all_days() == [DAY - timedelta(days=9), DAY]
    with pytest.raises(CommandError):
        call_command("figures", "--check")
