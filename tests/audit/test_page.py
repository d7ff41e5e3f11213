"""The auditor's page: finds everything, shows no case's text and nobody's identity."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from builders import NAME, PHONE, WORDS, a_filed, staff
from mashang.audit import proving, queries
from mashang.audit.actions import record
from mashang.audit.models import Record
from mashang.cases.actions import identity
from mashang.people.actors import SYSTEM
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
HERE = "/desk/audit"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def auditor(city):
    return at_desk(city.auditor)


@pytest.fixture
def looked(city):
    """A case whose phone was looked at by Zhang."""
    case = a_filed(city).case
    identity.look_at_phone(case, by=staff(city.zhang))
    return case


def body(answer) -> str:
    """The table of the page."""
    return text_of(answer).partition("<tbody>")[2].partition("</tbody>")[0]


def found(browser, **filters) -> list[str]:
    """The kinds shown, newest first."""
    shown = body(browser.get(HERE, filters))
    return re.findall(r"</th>\s*<td>([^<]+)</td>", shown)


def test_a_look_is_shown_with_person_number_and_time_and_without_words_or_identity(auditor, looked):
    shown = text_of(auditor.get(HERE))
    for said in ("查看诉求人电话", "张桂兰", looked.number, "2026-03-04 12:00:00"):
        assert said in body(auditor.get(HERE))
    for secret in (PHONE, PHONE[-4:], NAME, WORDS, looked.text):
        assert secret not in shown


@pytest.mark.parametrize("who", ["zhang", "operator", "security", "inspector"])
def test_for_everybody_else_there_is_nothing_here(city, looked, who):
    browser = at_desk(getattr(city, who))
    assert browser.get(HERE).status_code == 404
    assert browser.post(f"{HERE}/export").status_code == 404


def test_each_filter_finds_its_own_and_leaves_the_rest(city, looked, noon):
    other = a_filed(city).case
    noon.shift(timedelta(days=2))
    identity.look_at_phone(other, by=staff(city.li))
    record("export", by=staff(city.neighbour), data={"what": "月报表"})
    auditor = at_desk(city.auditor)
    look, export = "查看诉求人电话", "导出"
    assert found(auditor, kind="look") == [look, look]
    assert found(auditor, person="zhang") == [look]
    assert found(auditor, person="李建国") == [look]
    assert found(auditor, case=looked.number) == [look]
    assert found(auditor, case=f"{looked.number[:4]} {looked.number[4:]}") == [look]
    assert found(auditor, where="隔壁社区居委会") == [export]
    assert found(auditor, where="颐和社区") == [look, look]
    assert found(auditor, where="620402001000") == [export, look, look]
    assert found(auditor, where="620402001007") == [look, look]
    assert found(auditor, kind="look", since="2026-03-05") == [look]
    assert found(auditor, kind="look", until="2026-03-04") == [look]
    assert found(auditor, kind="look", since="2026-03-04", until="2026-03-06") == [look, look]
    assert found(auditor, words="月报") == [export]
    assert found(auditor, words="邻居红") == [export]
    assert found(auditor, kind="look", person="邻居红") == []


def test_what_was_changed_about_a_unit_is_found_under_its_name_too(auditor, city):
    record("duty", by=staff(city.dispatcher), about=f"unit:{city.yihe_unit.pk}")
    assert found(auditor, where=city.yihe_unit.name, kind="duty") != []
    assert found(auditor, where="隔壁社区居委会", kind="duty") == []


def test_what_was_done_to_somebody_is_found_under_their_name_too(auditor, city):
    record("second_factor_reset", by=staff(city.security), about=f"account:{city.zhang.pk}")
    assert "重置二次验证" in found(auditor, person="zhang")
    assert "张桂兰（zhang）" in body(auditor.get(HERE, {"kind": "second_factor_reset"}))


@pytest.mark.parametrize(
    ("filters", "saying"),
    [
        ({"person": "查无此人"}, "没有这个人"),
        ({"case": "260000012"}, "这不是事项编号"),
        ({"where": "火星"}, "没有这个单位或地点"),
        ({"since": "昨天"}, "日期"),
        ({"kind": "nonsense"}, "nonsense"),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_the_rest_stays_typed(auditor, filters, saying):
    answer = auditor.get(HERE, {**filters, "words": "还在这里"})
    assert answer.status_code == 422
    assert saying in text_of(answer)
    assert 'value="还在这里"' in text_of(answer)
    assert auditor.post(f"{HERE}/export", filters).status_code == 422


def test_pages_lead_from_the_newest_to_the_oldest_and_back_without_gaps(auditor, noon):
    for number in range(120):
        record("export", by=SYSTEM, data={"row": f"row-{number:03d}-"})
    seen, address = [], f"{HERE}?words=row-"
    pages = [address]
    while address:
        shown = text_of(auditor.get(address))
        seen += re.findall(r"row-(\d{3})-", shown.partition("<tbody>")[2])
        older = re.search(r'href="(\?[^"]*before=\d+)"', shown)
        address = HERE + older.group(1).replace("&amp;", "&") if older else ""
        pages.append(address)
    assert seen == [f"{number:03d}" for number in reversed(range(120))]
    assert len(pages) == 4
    newer = re.search(r'href="(\?[^"]*after=\d+)"', shown).group(1).replace("&amp;", "&")
    back = body(auditor.get(HERE + newer))
    assert re.findall(r"row-(\d{3})-", back) == [f"{n:03d}" for n in reversed(range(20, 70))]


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 40, "１", ""])
def test_nonsense_in_the_address_shows_the_newest(auditor, looked, nonsense):
    assert "查看诉求人电话" in body(auditor.get(HERE, {"before": nonsense}))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_as_many_queries_for_three_rows_as_for_one(auditor, city, rows):
    for _row in range(rows):
        identity.look_at_phone(a_filed(city).case, by=staff(city.zhang))
    found(auditor, kind="look")  # what a first look puts into memory is there
    with CaptureQueriesContext(connection) as asked:
        assert len(found(auditor, kind="look")) == rows
    assert len(asked) == 6, [query["sql"] for query in asked]


def test_the_page_says_whether_the_register_was_verified(auditor, looked):
    assert "还没有核对过" in text_of(auditor.get(HERE))
    proving.verify()
    count = Record.objects.count()
    assert f"2026-03-04 12:00 核对过：{count} 条记录" in text_of(auditor.get(HERE))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_record SET data = '{}' WHERE kind = 'load'")
    proving.verify()
    assert "核对时发现问题：审计记录第 1 条被改动" in text_of(auditor.get(HERE))


def sheet(answer) -> list[tuple]:
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


def test_the_export_holds_what_the_filters_show_and_is_itself_recorded(auditor, city, looked):
    record("export", by=staff(city.neighbour), data={"what": "=1+1"})
    answer = auditor.post(f"{HERE}/export", {"kind": "look"})
    rows = sheet(answer)
    assert "attachment" in answer["Content-Disposition"]
    assert rows[0] == queries.HEAD
    assert [row[2:7] for row in rows[1:]] == [
        ("查看诉求人电话", "张桂兰", "颐和社区居委会", None, looked.number)
    ]
    assert not [row for row in rows if NAME in row or PHONE in row]
    taken = Record.objects.first()
    assert (taken.kind, taken.account, taken.facts["filters"]) == (
        "export", city.auditor, {"kind": "look"},
    )  # fmt: skip


def test_no_text_becomes_a_formula_in_the_workbook(auditor, city):
    record("export", by=staff(city.neighbour), data={"what": "x"}, about="=1+1")
    book = load_workbook(
        io.BytesIO(b"".join(auditor.post(f"{HERE}/export", {"kind": "export"}).streaming_content))
    )
    cell = book.active["G2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_long_export_says_where_it_ends(auditor, monkeypatch):
    monkeypatch.setattr(queries, "MOST_EXPORTED", 2)
    for _row in range(5):
        record("export", by=SYSTEM)
    assert len(sheet(auditor.post(f"{HERE}/export"))) == 3
    assert "最多最近的 2 条" in text_of(auditor.get(HERE))
