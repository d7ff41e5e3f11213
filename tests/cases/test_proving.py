"""`mashang verify` finds what was altered behind the product's back."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from builders import a_filed, requester_of, staff
from mashang.cases.actions import climbing, identity
from mashang.cases.actions.moving import advance
from mashang.cases.models import DayRoot, Entry
from mashang.cases.proving import Fault, make_roots, verify, verify_roots
from mashang.core import chain

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def found() -> list[str]:
    faults = [result for result in verify() if isinstance(result, Fault)]
    return [fault.what for fault in [*faults, *verify_roots()]]


@pytest.fixture
def case(city):
    """A case that went through most kinds of moves, and a second one beside it."""
    filed = a_filed(city, at=NOON)
    zhang, resident = staff(city.zhang), requester_of(filed)
    case = filed.case

    def at(minutes):
        return NOON + timedelta(minutes=minutes)

    advance(case, "acknowledge", by=zhang, at=at(3), urgency="complex")
    climbing.look_at_due(at=at(20))
    identity.look_at_phone(case, by=zhang, at=at(21))
    advance(case, "contact_reached", by=zhang, at=at(22))
    advance(case, "ask_extension", by=zhang, at=at(30), words="等料", days=2)
    advance(case, "grant_extension", by=staff(city.dispatcher), at=at(31))
    advance(case, "ask_resident", by=zhang, at=at(35), words="几号楼？")
    advance(case, "reply", by=resident, at=at(50), words="三号楼")
    advance(case, "answer", by=zhang, at=at(60), words="换了", answer="换好了。")
    advance(case, "reopen", by=resident, at=at(90), words="又坏了")
    advance(case, "pass_up", by=zhang, at=at(95), words="要街道协调")
    a_filed(city, at=NOON)
    return case


def test_an_honest_history_is_in_order(case):
    assert found() == []
    out = StringIO()
    call_command("verify", stdout=out, stderr=StringIO())
    assert "2 件，每条经过都与摘要相符" in out.getvalue()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE cases_entry SET data = '{}' WHERE case_id = %s AND seq = 6", "第 6 条经过被改动"),
        ("UPDATE cases_entry SET actor = '{\"kind\": \"system\"}' WHERE case_id = %s AND seq = 2",
         "第 2 条经过被改动"),
        ("UPDATE cases_entry SET at = '2026-03-04 03:00:00+00' WHERE case_id = %s AND seq = 4",
         "第 4 条经过被改动"),
        ("UPDATE cases_entry SET move = 'note' WHERE case_id = %s AND seq = 3",
         "第 3 条经过被改动"),
        ("DELETE FROM cases_entry WHERE case_id = %s AND seq = 3", "第 3 条经过缺失"),
        ("DELETE FROM cases_entry WHERE case_id = %s AND seq = 12",
         "最后的经过被删除，或件上的摘要被改动"),
        ("UPDATE cases_case SET head = 'sha256:00' WHERE id = %s",
         "最后的经过被删除，或件上的摘要被改动"),
        ("UPDATE cases_case SET text = 'x' WHERE id = %s", "反映内容与经过不符"),
        ("UPDATE cases_case SET state = 'closed' WHERE id = %s", "状态与经过不符"),
        ("UPDATE cases_case SET spot = '9号楼' WHERE id = %s", "地点与经过不符"),
        ("UPDATE cases_case SET unit_id = NULL WHERE id = %s", "承办单位与经过不符"),
        ("UPDATE cases_case SET assignee_id = NULL WHERE id = %s", "经办人与经过不符"),
        ("UPDATE cases_case SET urgency = 'danger' WHERE id = %s", "紧急程度与经过不符"),
        ("UPDATE cases_case SET is_sealed = NOT is_sealed WHERE id = %s", "保密标记与经过不符"),
        ("UPDATE cases_case SET answer = '早就好了' WHERE id = %s", "公开答复与经过不符"),
        ("UPDATE cases_clock SET due_at = '2027-01-01 00:00:00+00' WHERE case_id = %s "
         "AND name = 'contact' AND stopped_at IS NULL", "时限与经过不符"),
    ],
)  # fmt: skip
def test_what_was_altered_with_sql_is_found(case, statement, what):
    sql(statement, case.pk)
    assert found() == [what]
    with pytest.raises(CommandError, match="发现 1 处不符"):
        call_command("verify", stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_rating SET score = 'satisfied' WHERE case_id = %s",
        "UPDATE cases_rating SET is_solved = NOT is_solved WHERE case_id = %s",
        "DELETE FROM cases_rating WHERE case_id = %s",
    ],
)
def test_a_rating_made_better_with_sql_is_found(city, statement):
    filed = a_filed(city, at=NOON)
    zhang = staff(city.zhang)
    advance(filed.case, "contact_reached", by=zhang, at=NOON)
    advance(filed.case, "answer", by=zhang, at=NOON, words="好了", answer="修好了")
    advance(filed.case, "dispute", by=requester_of(filed), at=NOON, score="dissatisfied")
    assert found() == []
    sql(statement, filed.case.pk)
    assert found() == ["评价与经过不符"]


def test_a_whole_chain_rewritten_is_found_by_the_days_root(case):
    make_roots(now=NOON + timedelta(days=1))
    assert found() == []
    entry = Entry.objects.get(case=case, seq=12)
    entry.data["words"] = "改写过的话"
    case.refresh_from_db()
    previous = Entry.objects.get(case=case, seq=11).digest
    digest = chain.link(previous, entry.content(case.submission))
    Entry.objects.filter(pk=entry.pk).update(data=entry.data, digest=digest)
    type(case).objects.filter(pk=case.pk).update(head=digest)
    assert found() == ["当日根摘要与经过或审计记录不符"]


def test_a_chain_survives_a_change_of_the_digest(case, settings):
    settings.CIPHER = "sm4-gcm"
    assert found() == []
    assert not any(d.startswith("sm3:") for d in Entry.objects.values_list("digest", flat=True))


def test_a_city_on_chinese_cryptography_chains_with_sm3(city, settings):
    settings.CIPHER = "sm4-gcm"
    case = a_filed(city, at=NOON).case
    advance(case, "acknowledge", by=staff(city.zhang), at=NOON)
    assert {digest[:4] for digest in case.entries.values_list("digest", flat=True)} == {"sm3:"}
    assert found() == []


def test_each_entry_is_under_one_root_even_when_the_clock_was_set_back(city):
    a_filed(city, at=NOON)
    assert make_roots(now=NOON + timedelta(days=1)) == 1
    a_filed(city, at=NOON - timedelta(days=3))
    assert make_roots(now=NOON + timedelta(days=2)) == 1
    assert sum(DayRoot.objects.values_list("entries", flat=True)) == Entry.objects.count() == 2
    assert found() == []


def test_a_day_that_is_not_over_has_no_root_yet(city):
    a_filed(city, at=NOON)
    assert make_roots(now=NOON + timedelta(hours=12)) == 0
