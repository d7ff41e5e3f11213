"""The register is proved: what was altered with SQL is found, by the command and by the worker."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from builders import a_filed
from mashang.audit import proving
from mashang.audit.actions import record
from mashang.audit.models import Check, Head, Record
from mashang.audit.proving import check_further, last_check, verify
from mashang.cases.models import DayRoot
from mashang.cases.proving import make_roots, verify_roots
from mashang.core import chain
from mashang.people.actors import SYSTEM

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def ten():
    for number in range(10):
        record("export", by=SYSTEM, data={"row": number})


def test_an_honest_register_is_sound(ten):
    check = verify()
    assert (check.fault, check.seq) == ("", 10)
    said = StringIO()
    call_command("verify", stdout=said, stderr=StringIO())
    assert "审计记录 10 条，也相符" in said.getvalue()


def test_an_empty_register_is_sound():
    assert verify().fault == ""


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_record SET data = '{}' WHERE seq = 4", "审计记录第 4 条被改动"),
        ("UPDATE audit_record SET kind = 'look' WHERE seq = 4", "审计记录第 4 条被改动"),
        ("UPDATE audit_record SET address = '10.9.9.9' WHERE seq = 4", "审计记录第 4 条被改动"),
        ("UPDATE audit_record SET about = 'case:1' WHERE seq = 4", "审计记录第 4 条被改动"),
        ("UPDATE audit_record SET place = '6204' WHERE seq = 4", "审计记录第 4 条被改动"),
        ("UPDATE audit_record SET at = '2026-03-04 03:00:00+00' WHERE seq = 4",
         "审计记录第 4 条被改动"),
        ("UPDATE audit_record SET actor = '{}' WHERE seq = 4", "审计记录第 4 条被改动"),
        ("DELETE FROM audit_record WHERE seq = 4", "审计记录第 4 条缺失"),
        ("DELETE FROM audit_record WHERE seq = 1", "审计记录第 1 条缺失"),
        ("DELETE FROM audit_record WHERE seq = 10", "审计记录末尾被删除或改动"),
        ("DELETE FROM audit_record", "审计记录末尾被删除或改动"),
        ("UPDATE audit_head SET digest = 'sha256:00'", "审计记录末尾被删除或改动"),
        ("UPDATE audit_head SET seq = 9", "审计记录末尾被删除或改动"),
        ("DELETE FROM audit_head", "审计记录末尾被删除或改动"),
    ],
)  # fmt: skip
def test_what_was_altered_with_sql_is_found(ten, statement, fault):
    sql(statement)
    assert verify().fault == fault
    said = StringIO()
    with pytest.raises(CommandError, match="1 处不符"):
        call_command("verify", stdout=said, stderr=StringIO())
    assert fault in said.getvalue()


def rewrite(seq: int) -> None:
    """Forge a record and every digest after it, as whoever holds the whole database could."""
    previous = proving.digest_of(seq - 1)
    for row in Record.objects.filter(seq__gte=seq).order_by("seq"):
        row.data = '{"row":"forged"}' if row.seq == seq else row.data
        row.digest = previous = chain.link(previous, row.content())
        row.save()
    Head.objects.update(digest=previous)


def test_a_whole_register_rewritten_is_found_by_the_days_root(city, ten):
    a_filed(city, at=NOON)
    assert make_roots(now=NOON + timedelta(days=1)) == 1
    assert DayRoot.objects.get().last_record == Record.objects.count()
    assert list(verify_roots()) == []
    rewrite(4)
    assert verify().fault == ""
    assert [fault.what for fault in verify_roots()] == ["当日根摘要与经过或审计记录不符"]


def test_a_root_covers_the_register_up_to_its_day_and_no_further(city, noon):
    a_filed(city, at=NOON)
    before = Record.objects.count()
    noon.shift(timedelta(days=1))
    record("export", by=SYSTEM)
    make_roots()
    assert DayRoot.objects.get().last_record == before


def test_the_worker_goes_round_in_small_steps_once_a_day(ten, noon, monkeypatch):
    monkeypatch.setattr(proving, "A_STEP", 4)
    assert [check_further() for _step in range(4)] == [4, 4, 2, 0]
    assert (last_check().seq, last_check().fault) == (10, "")
    noon.shift(timedelta(hours=25))
    sql("UPDATE audit_record SET data = '{}' WHERE seq = 6")
    assert [check_further() for _step in range(3)] == [4, 1, 0]
    assert last_check().fault == "审计记录第 6 条被改动"
    assert Check.objects.count() == 2


def test_what_is_added_while_the_worker_is_on_its_way_is_no_fault(ten, monkeypatch):
    monkeypatch.setattr(proving, "A_STEP", 4)
    check_further()
    record("export", by=SYSTEM)
    while last_check() is None:
        check_further()
    assert (last_check().seq, last_check().fault) == (11, "")


def test_times_never_run_backwards(noon):
    first = record("export", by=SYSTEM)
    noon.shift(-timedelta(hours=3))
    assert record("export", by=SYSTEM).at == first.at


def test_a_register_survives_a_change_to_chinese_cryptography(ten, settings):
    settings.CIPHER = "sm4-gcm"
    assert record("export", by=SYSTEM).digest.startswith("sm3:")
    assert verify().fault == ""
