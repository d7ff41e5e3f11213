"""Rosters from a table: shown first, then all of it or nothing, every fault with its line."""

import re
from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from mashang.audit.models import Record
from mashang.people.models import Shift
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
HEAD = "单位代码,用户名,姓名,日期,星期,时间,次序,从哪天起,到哪天止\n"
HOLIDAY = date(2026, 10, 1)


def upload(browser, body: str, name: str = "duty.csv"):
    file = SimpleUploadedFile(name, (HEAD + body).encode())
    return browser.post("/desk/duty/import", {"file": file})


def rows_in(shown: str) -> str:
    return re.search(r'name="rows" value="([^"]+)"', shown).group(1)


def apply(browser, body: str):
    answer = upload(browser, body)
    assert answer.status_code == 200, text_of(answer)
    return browser.post("/desk/duty/import", {"rows": rows_in(text_of(answer))})


def refused(browser, body: str) -> str:
    before = list(Shift.objects.values())
    answer = upload(browser, body)
    assert answer.status_code == 422
    assert list(Shift.objects.values()) == before
    return text_of(answer)


@pytest.fixture
def browser(city):
    return at_desk(city.dispatcher)


def test_a_dry_run_shows_and_the_second_press_does(city, browser):
    body = "yihe,zhang,,2026-10-01,,08:00-18:00,,,\nyihe,,李建国,2026-10-01,,18:00-08:00,,,\n"
    shown = text_of(upload(browser, body))
    assert "新排 2 班，停 0 班" in shown
    assert "张桂兰 2026-10-01 08:00–18:00" in shown
    assert not Shift.objects.filter(is_dated=True).exists()
    browser.post("/desk/duty/import", {"rows": rows_in(shown)})
    made = Shift.objects.filter(is_dated=True).order_by("order")
    assert [(s.account.username, s.valid_from, s.order) for s in made] == [
        ("zhang", HOLIDAY, 1), ("li", HOLIDAY, 2),
    ]  # fmt: skip
    (record,) = Record.objects.filter(kind="duty")
    assert record.account == city.dispatcher
    assert "导入值班表" in record.data


def test_the_same_table_again_changes_nothing(city, browser):
    body = "yihe,zhang,,2026-10-01,,,,,\nyihe,li,,,1-5,08:30-18:00,,2026-10-05,\n"
    apply(browser, body)
    before = list(Shift.objects.values())
    shown = text_of(upload(browser, body))
    assert "新排 0 班，停 0 班，没有变化的 2 班" in shown
    assert "不用导入" in shown
    assert list(Shift.objects.values()) == before


def test_a_named_date_is_brought_in_line_and_others_stay(city, browser):
    apply(browser, "yihe,zhang,,2026-10-01,,,,,\nyihe,zhang,,2026-10-02,,,,,\n")
    apply(browser, "yihe,li,,2026-10-01,,,,,\n")
    standing = Shift.objects.filter(is_dated=True, withdrawn_at=None).order_by("valid_from")
    assert [(s.account.username, s.valid_from.day) for s in standing] == [("li", 1), ("zhang", 2)]
    assert Shift.objects.filter(is_dated=True).count() == 3, "what was is kept"


def test_a_persons_regular_hours_are_replaced_from_the_day_on(city, browser):
    apply(browser, "yihe,zhang,,,1-5,08:30-18:00,1,2026-10-05,\n")
    old, new = Shift.objects.filter(account=city.zhang).order_by("id")
    assert (old.valid_to, new.valid_from, new.weekdays) == (
        date(2026, 10, 4), date(2026, 10, 5), "12345",
    )  # fmt: skip
    assert Shift.objects.get(account=city.li).valid_to is None


@pytest.mark.parametrize(
    ("row", "saying"),
    [
        ("far,far-cadre,,2026-10-01,,,,,", "没有这个单位，或不归您排班"),
        ("inspection,inspector,,2026-10-01,,,,,", "没有这个单位，或不归您排班"),
        ("yihe,neighbour,,2026-10-01,,,,,", "没有这个人：neighbour"),
        ("yihe,,,2026-10-01,,,,,", "没有填"),
        ("yihe,zhang,李建国,2026-10-01,,,,,", "没有这个人：李建国"),
        ("yihe,zhang,,2026-09-01,,,,,", "过去的日子不能再改"),
        ("yihe,zhang,,2026-13-01,,,,,", "不是日期"),
        ("yihe,zhang,,2026-10-01,1-5,,,,", "只写一个"),
        ("yihe,zhang,,,,08:00-09:00,,,", "写日期，或写星期"),
        ("yihe,zhang,,2026-10-01,,八点,,,", "看不懂"),
        ("yihe,zhang,,2026-10-01,,,甲,,", "1 到 99"),
        ("yihe,zhang,,2026-10-01,,,,2026-10-01,", "写了日期就不用写"),
        ("yihe,zhang,,,1,,,2026-10-05,2026-10-01", "早于开始的日子"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_written(city, browser, row, saying):
    shown = refused(browser, f"yihe,li,,2026-10-02,,,,,\n{row}\n")
    assert "第 3 行" in shown
    assert saying in shown


def test_every_fault_is_told_at_once(city, browser):
    shown = refused(browser, "yihe,zhang,,2026-09-01,,,,,\nyihe,nobody,,2026-10-01,,,,,\n")
    assert "第 2 行" in shown
    assert "第 3 行" in shown
    assert "有 2 处错误" in shown


def test_the_same_row_twice_is_refused(city, browser):
    assert "与第 2 行重复" in refused(browser, "yihe,zhang,,2026-10-01,,,,,\n" * 2)


def test_no_workbook_no_file_and_a_forged_second_press(city, browser):
    assert "打不开" in text_of(upload(browser, "", name="duty.xlsx"))
    assert browser.post("/desk/duty/import", {}).status_code == 422
    forged = browser.post("/desk/duty/import", {"rows": "made:up"})
    assert forged.status_code == 422
    assert "请重新选文件" in text_of(forged)


def test_what_was_shown_is_checked_anew_when_it_is_applied(city, browser, noon):
    shown = text_of(upload(browser, "yihe,zhang,,2026-09-28,,,,,\n"))
    noon.shift(12 * 3600 + 1)
    browser = at_desk(city.dispatcher)
    answer = browser.post("/desk/duty/import", {"rows": rows_in(shown)})
    assert "过去的日子不能再改" in text_of(answer)
    assert not Shift.objects.filter(is_dated=True).exists()


def test_the_template_names_everybody_and_counts_for_nothing_unfilled(city, browser):
    answer = browser.get("/desk/duty/template")
    body = b"".join(answer.streaming_content)
    sheet = load_workbook(BytesIO(body)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert ("yihe", "颐和社区居委会", "zhang", "张桂兰") in {row[:4] for row in rows}
    assert not any("inspector" in row for row in rows)
    file = SimpleUploadedFile("值班表.xlsx", body)
    shown = text_of(browser.post("/desk/duty/import", {"file": file}))
    assert "新排 0 班，停 0 班" in shown
