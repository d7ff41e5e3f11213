"""Workers as real processes on one database: killed with SIGKILL at any point, or racing."""

import os
import signal

import pytest

COUNT = 40
LOOK_AFTER = "a_minute_passes(); rescuing.rescue_stuck(); work()"
ONCE_EACH = {f"message-{n}": 1 for n in range(COUNT)}

# Where the demo worker dies, as a patch of the step before or after which it happens.
POINTS = {
    "before the claim": "sending._claim = lambda *a: die()",
    "after the claim": "sending.load = lambda *a: die()",
    "after the checks": "sending._send = lambda *a: die()",
    "before recording": "sending.record = lambda *a: die()",
    "half way through recording": """
def half(still, outcomes, record=sending.record):
    record(still, dict(list(outcomes.items())[:17]))
    die()
sending.record = half
""",
    "after recording": """
def whole(still, outcomes, record=sending.record):
    record(still, outcomes)
    die()
sending.record = whole
""",
}


@pytest.mark.parametrize("point", POINTS)
def test_the_demo_sends_exactly_once_whenever_its_worker_is_killed(processes, point):
    killed = processes.start(f"fill({COUNT})\n{POINTS[point]}\nsending.send_due()")
    assert killed.wait(60) == -signal.SIGKILL
    before = processes.rows("key", "sent_at", "state")
    assert len(before) == COUNT
    processes.run(LOOK_AFTER)
    assert processes.states() == {"sent": COUNT}
    sent_before = {row for row in before if row[2] == "sent"}
    assert sent_before <= set(processes.rows("key", "sent_at", "state"))


@pytest.mark.parametrize("moment", ["before accepting", "after accepting"])
@pytest.mark.parametrize("nth", [1, 23])
def test_a_worker_killed_among_its_requests_doubles_and_loses_nothing(
    processes, gateway, moment, nth
):
    processes.use(gateway)
    arrived, victim = [], []

    def behave(key):
        with gateway.lock:
            arrived.append(key)
            is_the_one = len(arrived) == nth
        if is_the_one:
            os.kill(victim[0], signal.SIGKILL)
        return 503 if is_the_one and moment == "before accepting" else "accept"

    gateway.behave = behave
    worker = processes.start(f"fill({COUNT}); sys.stdin.readline(); work()")
    victim.append(worker.pid)
    worker.stdin.write("go\n")
    worker.stdin.flush()
    assert worker.wait(60) == -signal.SIGKILL
    gateway.behave = lambda key: "accept"
    processes.run(LOOK_AFTER)
    assert gateway.accepted == ONCE_EACH
    assert processes.states() == {"sent": COUNT}


@pytest.mark.parametrize("kind", ["demo", "gateway"])
def test_workers_side_by_side_never_send_one_twice(processes, gateway, kind):
    if kind == "gateway":
        processes.use(gateway)
    processes.run(f"fill({COUNT})")
    script = """
sending.BATCH = sending.THREADS = 3
done = 0
while Message.objects.filter(state="queued").exists():
    done += sending.send_due()
sending.finish()
print(done)
"""
    assert sum(processes.together(script, script, script)) == COUNT
    assert processes.rows("state", "attempts") == [("sent", 1)] * COUNT
    if kind == "gateway":
        assert gateway.accepted == ONCE_EACH


def test_two_sweeps_at_once_queue_what_is_stuck_once(processes, gateway):
    processes.use(gateway)
    processes.run(f"fill({COUNT}); Message.objects.update(state='sending'); a_minute_passes()")
    processes.together(*["rescuing.rescue_stuck(); work()"] * 2)
    processes.run("work()")
    assert gateway.accepted == ONCE_EACH
    assert processes.states() == {"sent": COUNT}


def test_the_same_keys_queued_by_two_processes_are_queued_once(processes):
    processes.together(*[f"fill({COUNT})"] * 2)
    assert processes.states() == {"queued": COUNT}


def test_two_racing_uses_of_one_code_give_one_success(processes):
    processes.run(
        """
from mashang.messaging.verification import send_code
send_code("13900000001", purpose="track:1")
"""
    )
    script = """
from mashang.messaging.verification import check_code
code = Message.objects.get().params["code"]
print(json.dumps(check_code("13900000001", purpose="track:1", typed=code)))
"""
    assert sorted(processes.together(*[script] * 3)) == [False, False, True]


def test_codes_asked_for_at_the_same_moment_are_one_code(processes):
    script = """
from mashang.messaging.verification import TooMany, send_code
try:
    send_code("13900000001", purpose="track:1")
    print(json.dumps("sent"))
except TooMany:
    print(json.dumps("too many"))
"""
    assert sorted(processes.together(*[script] * 3)) == ["sent", "too many", "too many"]
    assert processes.states() == {"queued": 1}
