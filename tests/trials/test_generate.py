"""A generated city: sound, plausible, and made only where it may be."""

import re
from collections import Counter
from datetime import timedelta
from io import StringIO
from statistics import median

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from builders import City, make_city
from mashang.cases import proving
from mashang.cases.actions import clocks
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.flow import MOVES, PHASES, Phase, State
from mashang.cases.models import Ask, Case, Clock, DayRoot, Entry, Requester
from mashang.messaging.models import Message

RESTING = (State.TO_TRIAGE, State.MERGED)  # no clock of their own runs


def generated(**options: object) -> str:
    """What `mashang generate` printed."""
    output = StringIO()
    call_command("generate", **{"cases": 40, "days": 30, **options}, stdout=output)
    return output.getvalue()


@pytest.fixture(autouse=True)
def at_one_moment():
    """Or clocks that were made due in a moment would be due when they are looked at."""
    with time_machine.travel("2026-11-24 02:00:00+00:00", tick=False):
        yield


@pytest.fixture
def city(db) -> City:
    return make_city()


def test_a_generated_city_is_sound_and_everything_in_it_is_consistent(city, client):
    said = generated(cases=600, days=200)
    assert "600 cases in 200 days" in said
    cases = list(Case.objects.all())
    assert len(cases) == 600
    assert [found for found in proving.verify() if isinstance(found, proving.Fault)] == []
    assert DayRoot.objects.count() > 190 and list(proving.verify_roots()) == []
    states = Counter(case.state for case in cases)
    assert states.keys() >= {"handling", "answered", "confirmed", "closed", "withdrawn"}
    live = set(Clock.objects.filter(stopped_at=None).values_list("case", flat=True))
    for case in cases:
        assert case.phase == PHASES[case.state]
        summary = clocks.summary(case)
        assert (case.due_at, case.rung) == (summary["due_at"], summary["rung"])
        assert (case.closed_at is not None) == (case.phase in (Phase.DONE, Phase.DROPPED))
        assert bool(case.answer) == (case.phase == Phase.DONE)
        if case.phase in (Phase.OPEN, Phase.WAITING) and case.state not in RESTING:
            assert case.pk in live
        elif case.state not in (State.ANSWERED, State.MERGED):
            assert case.pk not in live
    assert sum(case.phase == Phase.OPEN for case in cases) < 90
    # Nobody is told of anything, and the worker finds nothing that it should have done before.
    assert look_at_due() == 0
    assert not Message.objects.exists()
    client.force_login(city.county_duty)
    county = [case for case in cases if case.place_id.startswith(city.county.pk)]
    newest = next(case for case in county if not (case.is_sealed or case.is_confidential))
    found = client.get(reverse("desk"), {"queue": "all", "words": newest.text[:6]})
    assert newest.number in found.content.decode()
    seen = {case.state: case for case in county}
    for case in (case for case in seen.values() if not case.is_sealed):
        assert client.get(reverse("desk_case", args=[case.number])).status_code == 200


def test_no_story_makes_a_move_that_the_flow_does_not_have(city):
    generated(cases=300, days=100)
    rows = Entry.objects.order_by("case", "seq").values_list("case", "move", "state", "at")
    moves: Counter[str] = Counter()
    before = (0, "", "", None)
    for row in rows:
        if row[0] == before[0]:
            move = MOVES[row[1]]
            assert before[2] in move.start, f"{row[1]} from {before[2]}"
            assert row[2] == (move.to or before[2])
            assert row[3] >= before[3]
            moves[row[1]] += 1
        before = row
    assert moves.keys() >= {"look", "contact_reached", "answer", "confirm", "expire", "escalate"}
    assert Ask.objects.exists()


def test_who_asks_is_sealed_and_some_ask_again(city):
    generated(cases=400)
    people = Requester.objects.exclude(phone_index="")
    times = Counter(people.values_list("phone_index", flat=True))
    assert max(times.values()) > 1 and len(times) > 50
    somebody = people.select_related("case").first()
    assert re.fullmatch(r"1990\d{7}", somebody.phone)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM cases_requester WHERE phone IS NOT NULL")
        assert not any(somebody.phone in f"{row}" for row in cursor.fetchall())
    anonymous = Requester.objects.filter(case__is_anonymous=True)
    assert anonymous.exists() and set(anonymous.values_list("phone", "name")) == {(None, None)}


def test_reports_come_by_day_and_are_as_long_as_real_ones(city):
    generated(cases=800, days=280)
    rows = list(Case.objects.order_by("pk").values_list("received_at", "text", "is_sealed"))
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert timezone.now() - rows[0][0] > timedelta(days=250)
    local = [timezone.localtime(row[0]) for row in rows]
    assert 0.09 < sum(at.weekday() >= 5 for at in local) / 800 < 0.19
    assert sum(8 <= at.hour < 18 for at in local) > 0.6 * 800
    assert 150 < median(len(row[1]) for row in rows) < 270
    assert max(len(row[1]) for row in rows) <= 2000
    assert len({row[1] for row in rows}) > 750


def test_the_same_seed_gives_the_same_reports(city):
    generated(seed=5)
    first = list(Case.objects.order_by("pk").values_list("text", "place", "urgency"))
    generated(seed=5, more=True)
    assert list(Case.objects.order_by("pk").values_list("text", "place", "urgency")) == first * 2


def test_a_dry_run_only_says_what_would_be_made(city):
    assert "40 cases in 30 days, 1 a day; there are 0 now" in generated(dry_run=True)
    assert not Case.objects.exists()


def test_a_city_with_cases_is_added_to_only_when_told(city):
    generated()
    with pytest.raises(CommandError, match="--more"):
        generated()
    assert Case.objects.count() == 40
    generated(more=True)
    assert Case.objects.count() == 80


def test_a_city_at_work_gets_no_invented_cases(city, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="at work"):
        generated()
    assert not Case.objects.exists()


def test_without_places_nothing_can_be_made(db):
    with pytest.raises(CommandError, match="load a city"):
        generated()


@pytest.mark.parametrize("options", [{"cases": 0}, {"days": 0}])
def test_a_number_that_makes_no_sense_is_refused(city, options):
    with pytest.raises(CommandError, match="at least"):
        generated(**options)
