"""Very many clocks due at once, two workers, one of them killed half way.

Afterwards every clock is held against its case's entries and messages: each step was taken, and
taken once, whatever the killed worker left behind.
"""

import secrets
import sys
import time
from collections import Counter, defaultdict
from copy import copy
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from mashang.cases import proving
from mashang.cases.actions import clocks, entries
from mashang.cases.actions.filing import filed_data
from mashang.cases.flow import FILED, PHASES, ClockName, State
from mashang.cases.models import Case, Clock, Entry
from mashang.messaging import rescuing
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import Resident
from mashang.people.models import Shift, Unit, UnitKind
from mashang.trials import bulk
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, say_seconds
from mashang.trials.processes import Job, Ready, alone, together
from mashang.trials.scratch import Scratch

BATCH = 1000
LOOK_EVERY = 0.5
# Half the clocks are about to be warned about, half have run out: a first rung for each of them.
WARNED_AFTER, CLIMBED_AFTER = timedelta(minutes=21), timedelta(minutes=45)
RUNNING = (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING)
LEFT = (MessageState.QUEUED, MessageState.SENDING)
SENT_WITHIN = 600.0


def run(scratch: Scratch, extent: Extent) -> Findings:
    """Fill `scratch` with due clocks and have two workers look at them."""
    count = extent.clocks if scratch.is_for_a_city else extent.clocks_on_sqlite
    halves = [{"count": count // 2, "after": WARNED_AFTER.total_seconds()}]
    halves += [{"count": count - count // 2, "after": CLIMBED_AFTER.total_seconds()}]
    made = time.monotonic()
    together(scratch, "clocks.fill", halves)
    sys.stderr.write(f"  {count} clocks made in {say_seconds(time.monotonic() - made)}\n")
    with Job(scratch, "clocks.watch", count=count, is_patient=extent.is_patient) as watch:
        watch.wait_until_ready()
        with scratch.running("worker") as worker, scratch.running("worker"):
            watch.begin()
            watch.wait_until_ready()
            worker.kill()
            watch.begin()
            seen = watch.result()
    found = alone(scratch, "clocks.examine")
    findings = Findings(faults=[*seen["faults"], *found["faults"]])
    findings.expect("clocks with a step", found["stepped"], count)
    findings.note("clocks due at once", f"{count:,}")
    taken = f"{found['taken']:,}" if not findings.faults else "NOT EXACT"
    findings.note("steps taken, each exactly once, one worker killed", taken, "all")
    findings.note("time for all steps", say_seconds(seen["steps_took"]))
    findings.note("steps a second", f"{count / seen['steps_took']:.0f}")
    findings.note(
        "until the last SMS was out (the dead worker's wait a minute)",
        say_seconds(seen["messages_took"]),
    )
    return findings


# In processes of their own ----------------------------------------------------------------------


def fill(ready: Ready, *, count: int, after: float) -> None:
    """Write `count` cases whose contact clocks began `after` seconds ago, each with its chain."""
    units = Unit.objects.filter(kind=UnitKind.COMMUNITY).select_related("place").order_by("pk")
    on_duty = {shift.unit_id: shift.account_id for shift in Shift.objects.order_by("-order")}
    placed = [(unit, on_duty[unit.pk]) for unit in units]
    ready()
    began = timezone.now() - timedelta(seconds=after)
    # All begin at one moment, so all have the same limits.
    started = clocks.build(Case(), RUNNING, at=began)
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        with transaction.atomic():
            keys = bulk.next_keys(Case, len(numbers))
            drawn_up = [
                _drawn_up(key, *placed[number % len(placed)], started)
                for key, number in zip(keys, numbers, strict=True)
            ]
            bulk.insert([case for case, _entry, _clocks in drawn_up])
            bulk.insert([entry for _case, entry, _clocks in drawn_up])
            bulk.insert([clock for _case, _entry, mine in drawn_up for clock in mine])


def _drawn_up(
    key: int, unit: Unit, assignee: int, started: list[Clock]
) -> tuple[Case, Entry, list[Clock]]:
    case = Case(
        pk=key,
        state=State.DISPATCHED,
        phase=PHASES[State.DISPATCHED],
        submission=secrets.token_hex(32),
        fingerprint=secrets.token_hex(32),
        place=unit.place,
        unit=unit,
        assignee_id=assignee,
        text="路口的窨井盖松了，过车就响，怕有人踩翻。",
        received_at=started[0].started_at,
    )
    mine = [copy(clock) for clock in started]
    for clock in mine:
        clock.case = case
    entry = entries.first(case, move=FILED, by=Resident(), data=filed_data(case, started))
    return case, entry, mine


def watch(ready: Ready, *, count: int, is_patient: bool) -> dict[str, Any]:
    """Say when half of the clocks due now are done; how long all of them, and their SMS, took."""
    due = Clock.objects.filter(next_look_at__lte=timezone.now())
    faults = [] if due.count() == count else [f"{due.count()} clocks due, not {count}"]
    ready()
    while due.count() == count:
        time.sleep(LOOK_EVERY)
    began = time.monotonic()
    while due.count() > count // 2:
        time.sleep(LOOK_EVERY)
    ready()
    while due.exists():
        time.sleep(LOOK_EVERY)
    stepped = time.monotonic()
    while Message.objects.filter(state__in=LEFT).exists():
        if not (is_patient or Message.objects.filter(state=MessageState.QUEUED).exists()):
            time.sleep(1)
            _let_a_minute_pass()
        if time.monotonic() > stepped + SENT_WITHIN:
            left = Message.objects.filter(state__in=LEFT).count()
            faults.append(f"{left} messages still not sent")
            break
        time.sleep(LOOK_EVERY)
    took = {"steps_took": stepped - began, "messages_took": time.monotonic() - began}
    return {**took, "faults": faults}


def _let_a_minute_pass() -> None:
    """Settle what the dead worker held, as if it had died a minute ago."""
    held = Message.objects.filter(state=MessageState.SENDING)
    held.update(claimed_at=timezone.now() - 2 * rescuing.CLAIM_IS_OLD)
    rescuing.rescue_stuck()


def examine(ready: Ready) -> dict[str, Any]:
    """Hold clocks, entries and messages of every case against each other; verify every chain."""
    ready()
    faults: list[str] = []
    stepped = taken = told = 0
    last = Case.objects.aggregate(key=Max("pk"))["key"] or 0
    for first in range(0, last, BATCH):
        inside = Q(case__gt=first, case__lte=first + BATCH)
        steps: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for key, move, data in Entry.objects.filter(
            inside, move__in=("warn", "escalate")
        ).values_list("case", "move", "data"):
            steps[key].append({"move": move, **data})
        for clock in Clock.objects.filter(inside, name=ClockName.CONTACT):
            mine = steps[clock.case_id]
            stepped += clock.step > 0
            taken += len(mine)
            told += sum(len(step["told"]) for step in mine)
            if (fault := not_once(clock.step, mine)) is not None:
                faults.append(f"case {clock.case_id}: {fault}")
    states = Counter(Message.objects.order_by().values_list("state", flat=True))
    if states != {MessageState.SENT: told}:
        faults.append(f"{told} people told, and messages {dict(states)}")
    broken = [found for found in proving.verify() if isinstance(found, proving.Fault)]
    faults += [f"{found.case}: {found.what}" for found in broken]
    return {"stepped": stepped, "taken": taken, "faults": faults[:20]}


def not_once(count: int, steps: list[dict[str, Any]]) -> str | None:
    """What is wrong where a clock's count and the entries do not tell of the same steps."""
    warned = sum(step["move"] == "warn" for step in steps)
    rungs = [step["rung"] for step in steps if step["move"] == "escalate"]
    if warned > 1 or rungs != list(range(2, 2 + len(rungs))):
        return f"warned {warned} times, rungs {rungs}"
    if count != (1 + len(rungs) if steps else 0):
        return f"the clock counts {count} steps, warned {warned} times, rungs {rungs}"
    return None
