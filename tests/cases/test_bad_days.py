"""Bad days through the resident's form: locks, a full disk, floods, many taps at one moment, a
worker killed in the middle of the ladder. Real databases, real processes."""

import json
import sqlite3
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from builders import a_filed
from mashang.cases.models import Case, Clock, Entry
from mashang.cases.proving import Fault, verify
from mashang.messaging.models import Message
from processes import Processes
from residents import TEXT, form, send, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def processes(city, transactional_db, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


def is_sound() -> bool:
    return not [found for found in verify() if isinstance(found, Fault)]


# The database says no ---------------------------------------------------------------------------


class Lock:
    """Holds what a writer needs, from a connection of its own."""

    def __enter__(self):
        if connection.vendor == "sqlite":
            self.other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
            self.other.execute("BEGIN IMMEDIATE")
            self.give_up = lambda: self.other.execute("ROLLBACK")
        else:
            self.other = connections.create_connection("default")
            self.other.set_autocommit(False)
            with self.other.cursor() as cursor:
                cursor.execute("LOCK TABLE cases_case IN ACCESS EXCLUSIVE MODE")
            self.give_up = self.other.rollback
        return self

    def __exit__(self, *_error):
        self.give_up()
        self.other.close()


def wait_little() -> None:
    """Have this test's own connection wait a tenth of a second for a lock, not twenty seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "PRAGMA busy_timeout = 100"
            if connection.vendor == "sqlite"
            else "SET lock_timeout = '100ms'"
        )


def test_a_locked_database_is_told_the_words_stay_and_the_next_tap_files_once(city, client):
    wait_little()
    with Lock():
        answer = send(city, client)
        assert answer.status_code == 503
        assert "没有提交成功" in text_of(answer)
        assert TEXT in text_of(answer)
    assert not Case.objects.exists()
    assert send(city, client).status_code == 303
    assert Case.objects.count() == 1
    assert is_sound()


def test_a_full_database_is_told_the_words_stay_and_nothing_is_half_written(city, client):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite can be given a small disk without a disk of its own")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            # Small rows still find room in pages that are there; sooner or later none is left.
            for number in range(200):
                words = f"{number}" + "字" * 1900
                answer = send(city, client, text=words, token=f"token-of-a-full-disk-{number}")
                if answer.status_code != 303:
                    break
            assert answer.status_code == 503
            assert words in text_of(answer)
            told = Case.objects.count()
            assert told == number
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert Message.objects.filter(template="receipt").count() == told
    assert is_sound()
    again = send(city, client, text=words, token=f"token-of-a-full-disk-{number}")
    assert again.status_code == 303
    assert Case.objects.count() == told + 1


# Many at once -----------------------------------------------------------------------------------

TAP = """
from django.test import Client
_racer, code = sys.argv[1:]
browser = Client()
print(flush=True); input()
answer = browser.post(f"/q/{code}", json.loads(os.environ["REPORT"]))
print(json.dumps([answer.status_code, answer.headers.get("Location", "").split("?")[0]]))
"""


def test_four_taps_at_the_same_moment_make_one_case_and_all_get_its_receipt(city, processes):
    processes.env["REPORT"] = json.dumps(form())
    answers = processes.race(TAP, city.code.code, times=4)
    assert {status for status, _where in answers} == {303}
    assert len({where for _status, where in answers}) == 1
    assert Case.objects.count() == 1
    assert Message.objects.count() == 2
    assert is_sound()


def test_a_flood_from_one_address_is_held_back_and_hinders_nobody_else(city, settings):
    settings.REPORTS_PER_ADDRESS_AN_HOUR = 20
    settings.REPORTS_PER_PHONE_A_DAY = 5
    flood = Client(REMOTE_ADDR="203.0.113.9")
    statuses = [
        send(
            city,
            flood,
            token=f"token-of-a-flood-{number:04d}",
            text=f"{TEXT}{number}",
            phone=f"139{number % 97:08d}",
        ).status_code
        for number in range(300)
    ]
    assert statuses.count(303) == 20
    assert statuses.count(429) == 280
    held_back = send(city, flood, token="token-of-a-flood-last", text="最后一条也要留着")
    assert "最后一条也要留着" in text_of(held_back)
    assert "12345" in text_of(held_back)
    neighbour = Client(REMOTE_ADDR="203.0.113.10")
    assert send(city, neighbour, token="token-of-a-neighbour").status_code == 303
    assert Case.objects.count() == 21


# The ladder under a killed worker -----------------------------------------------------------------

KILLED = """
from datetime import datetime
from mashang.cases.actions import climbing
kill_at, at = int(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
real, seen = climbing.queue, 0
def queue(drafts):
    global seen
    seen += 1
    real(drafts)
    if seen == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
climbing.queue = queue
while climbing.look_at_due(at=at, batch=5):
    pass
"""
CLIMB = """
from datetime import datetime
from mashang.cases.actions import climbing
at = datetime.fromisoformat(sys.argv[2])
print(flush=True); input()
done = 0
while found := climbing.look_at_due(at=at, batch=5):
    done += found
print(json.dumps(done))
"""


def steps_taken() -> list[tuple[int, str, int]]:
    entries = Entry.objects.filter(move__in=("warn", "escalate"))
    return sorted(entries.values_list("case", "move", "seq"))


@pytest.mark.parametrize("kill_at", [1, 3])
def test_a_worker_killed_on_the_ladder_leaves_whole_batches_and_the_next_does_the_rest(
    city, processes, kill_at
):
    began = timezone.now() - timedelta(minutes=25)
    cases = [a_filed(city, at=began).case for _ in range(20)]
    at = (began + timedelta(minutes=20)).isoformat()
    processes.run(KILLED, str(kill_at), at, returncode=-9)
    left = 20 - 5 * (kill_at - 1)
    assert len(steps_taken()) == 20 - left, "of the batch that was killed nothing is left"
    assert is_sound()
    assert sum(processes.race(CLIMB, at, times=2)) == left
    assert [case for case, move, _seq in steps_taken() if move == "warn"] == [c.pk for c in cases]
    assert Message.objects.filter(template="contact_warning").count() == len(cases)
    assert set(Clock.objects.filter(name="contact").values_list("step", flat=True)) == {1}
    assert is_sound()
