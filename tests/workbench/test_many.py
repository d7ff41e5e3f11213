"""One move for many cases, and a list taken away: what would happen first, then each by itself."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from builders import NAME, PHONE, WORDS, a_filed, staff
from mashang.audit.models import Record
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Entry
from mashang.messaging.models import Message
from mashang.workbench import exporting
from visits import at_desk, fresh, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def ticked(*cases: Case) -> list[str]:
    return [f"{case.pk}:{case.version}" for case in cases]


def many(by, move: str, cases: list[str], **fields: object):
    return at_desk(by).post("/desk/bulk", {"move": move, "case": cases, **fields})


def offers(account) -> list[str]:
    page = text_of(at_desk(account).get("/desk?queue=all"))
    return re.findall(
        r'<option value="(\w+)">', page.split('id="bulk-move"')[1].split("</select>")[0]
    )


def parts(page: str) -> tuple[str, str]:
    """(what cannot be done, what can) of a page."""
    cannot = page.partition("不能办的，和原因")[2].partition("</ul>")[0]
    can = page.partition("可以办的</h2>")[2].partition("</ul>")[0]
    return cannot, can


@pytest.fixture
def cases(city) -> list[Case]:
    """Two that wait to be acknowledged, and one that was already."""
    found = [a_filed(city, at=NOON).case for _number in range(3)]
    advance(found[2], "acknowledge", by=staff(city.zhang), at=NOON)
    return [fresh(case) for case in found]


# Moves --------------------------------------------------------------------------------------------


def test_what_is_offered_is_what_the_flow_allows(city, cases):
    assert "acknowledge" in offers(city.zhang) and "redispatch" not in offers(city.zhang)
    assert {"redispatch", "assign", "note", "merge"} <= set(offers(city.dispatcher))
    assert offers(city.commissioner) == ["note"]
    assert many(city.zhang, "redispatch", ticked(*cases)).status_code == 404
    assert many(city.zhang, "answer", ticked(*cases)).status_code == 404


def test_the_first_page_says_what_would_happen_and_does_nothing(city, cases):
    entries, messages = Entry.objects.count(), Message.objects.count()
    page = text_of(many(city.zhang, "acknowledge", ticked(*cases)))
    assert "可以办 2 件，不能办 1 件" in page
    cannot, can = parts(page)
    assert cases[2].number in cannot and "已经有人办了" in cannot
    assert cases[0].number in can and cases[1].number in can
    assert (Entry.objects.count(), Message.objects.count()) == (entries, messages)
    assert fresh(cases[0]).state == "dispatched"


def test_then_each_case_is_done_by_itself_and_refusals_are_named(city, cases):
    page = text_of(many(city.zhang, "acknowledge", ticked(*cases), step="do"))
    assert "办好了 2 件" in page
    assert cases[2].number in page.split("没有办成的")[1].split("</ul>")[0]
    assert {fresh(case).state for case in cases} == {"acknowledged"}


def test_a_second_click_does_nothing_a_second_time(city, cases):
    sent = ticked(*cases)
    for _click in range(2):
        page = text_of(many(city.zhang, "note", sent, words="已看过", step="do"))
        assert "办好了 3 件" in page
    assert Entry.objects.filter(move="note").count() == 3


def test_words_are_asked_for_and_kept(city, cases):
    first = text_of(many(city.zhang, "note", ticked(*cases)))
    assert "先看会怎样" in first
    empty = text_of(many(city.zhang, "note", ticked(*cases), words="", step="check"))
    assert "请写几句说明" in empty
    assert "确定，办" not in empty
    checked = text_of(many(city.zhang, "note", ticked(*cases), words="都看过了", step="check"))
    assert "都看过了</textarea>" in checked
    assert "确定，办 3 件" in checked


def test_cases_are_sent_to_another_unit_by_its_name(city, cases):
    call = {"unit_name": "隔壁社区居委会", "words": "归隔壁"}
    many(city.dispatcher, "redispatch", ticked(*cases), step="do", **call)
    assert {fresh(case).unit for case in cases} == {city.next_door_unit}
    unclear = many(
        city.dispatcher, "redispatch", ticked(*cases), unit_name="社区", words="归谁", step="check"
    )
    assert "有几个相近的" in text_of(unclear)
    nowhere = {"unit_name": "远山村委会", "words": "归远山"}
    page = text_of(many(city.dispatcher, "redispatch", ticked(*cases), step="check", **nowhere))
    assert "可以办 0 件，不能办 3 件" in page
    assert "不能由您交给" in page


def test_cases_are_assigned_to_somebody_of_the_unit(city, cases):
    sent = ticked(*cases)
    page = text_of(many(city.dispatcher, "assign", sent))
    assert "李建国" in page and "邻居红" not in page
    for _click in range(2):
        page = text_of(many(city.dispatcher, "assign", sent, account=city.li.pk, step="do"))
        assert "办好了 3 件" in page
    assert {fresh(case).assignee for case in cases} == {city.li}
    assert Entry.objects.filter(move="reassign").count() == 3
    refused = many(city.dispatcher, "assign", sent, account=city.neighbour.pk, step="do")
    assert refused.status_code == 422


def test_cases_are_merged_into_the_one_that_came_first(city, cases):
    page = text_of(many(city.dispatcher, "merge", ticked(*cases)))
    assert f'value="{cases[0].number}"' in page
    done = many(city.dispatcher, "merge", ticked(*cases), lead_number=cases[0].number, step="do")
    assert "就是要并入的那一件" in text_of(done)
    assert [fresh(case).lead for case in cases] == [None, cases[0], cases[0]]
    wrong = many(city.dispatcher, "merge", ticked(*cases), lead_number="269999990", step="do")
    assert wrong.status_code == 422


def test_what_is_not_theirs_is_as_if_it_were_not_there(city, cases):
    sealed = a_filed(city, at=NOON, is_sealed=True, accused_level="village").case
    page = text_of(many(city.zhang, "note", [*ticked(sealed), "99999:1"], words="看看", step="do"))
    assert "有 2 件找不到了" in page
    assert sealed.number not in page
    assert not Entry.objects.filter(move="note").exists()


@pytest.mark.parametrize("sent", [[], ["x"], ["1"], ["1:x"], [":"]])
def test_nothing_ticked_is_said(city, cases, sent):
    answer = many(city.zhang, "note", sent, back="/desk?queue=all")
    assert (answer.status_code, answer.url) == (302, "/desk?queue=all")


def test_the_way_back_is_never_to_somewhere_else(city, cases):
    page = text_of(many(city.zhang, "note", ticked(*cases), back="https://evil.example/desk"))
    assert "evil.example" not in page


# Export -------------------------------------------------------------------------------------------


def table(answer) -> list[tuple[object, ...]]:
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


def test_all_rows_of_the_filter_are_exported_with_identities_masked(city, cases):
    a_filed(city, at=NOON, place=city.next_door, code=None)
    browser = at_desk(city.dispatcher)
    address = f"/desk/export?queue=all&place={city.yihe.code}"
    assert "<dd>3</dd>" in text_of(browser.get(address))
    rows = table(browser.post(address))
    head, *body = rows
    assert [row[0] for row in body] == [case.number for case in reversed(cases)]
    first = dict(zip(head, body[0], strict=True))
    assert WORDS in first["反映内容"]
    assert (first["诉求人"], first["电话"]) == ("何**", "139****1234")
    assert PHONE not in str(rows) and NAME not in str(rows)
    record = Record.objects.get(kind="export")
    assert record.account == city.dispatcher
    assert record.facts["count"] == 3
    assert "颐和社区" in record.facts["filters"]
    assert not Entry.objects.filter(move="look").exists()


def test_identities_are_exported_for_a_reason_and_each_look_is_recorded(city, cases):
    confidential = a_filed(city, at=NOON, is_confidential=True).case
    browser = at_desk(city.dispatcher)
    address = "/desk/export?queue=all"
    assert browser.post(address, {"identities": "1"}).status_code == 422
    assert not Entry.objects.filter(move="look").exists()
    rows = table(browser.post(address, {"identities": "1", "reason": "逐户回访"}))
    people = {row[0]: row[-2:] for row in rows[1:]}
    assert people[cases[0].number] == (NAME, PHONE)
    assert people[confidential.number] == (None, None)
    looks = Entry.objects.filter(move="look")
    assert {look.case_id for look in looks} == {case.pk for case in cases}
    assert {(look.data["what"], look.data["words"]) for look in looks} == {("export", "逐户回访")}
    assert Record.objects.get(kind="export").facts["reason"] == "逐户回访"


def test_a_leader_exports_no_identities_at_all(city, cases):
    browser = at_desk(city.commissioner)
    assert "连同完整的姓名和电话" not in text_of(browser.get("/desk/export?queue=all"))
    asked = {"identities": "1", "reason": "看看"}
    assert browser.post("/desk/export?queue=all", asked).status_code == 422
    rows = table(browser.post("/desk/export?queue=all"))
    assert {row[-2:] for row in rows[1:]} == {(None, None)}


def test_sealed_cases_stay_out_of_exports_by_others(city, cases):
    a_filed(city, at=NOON, is_sealed=True, accused_level="village", text="书记收了钱")
    assert "书记收了钱" not in str(table(at_desk(city.dispatcher).post("/desk/export?queue=all")))
    assert "书记收了钱" in str(table(at_desk(city.inspector).post("/desk/export?queue=all")))


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(city, begin):
    text = f'{begin}cmd|"/c calc"!A1'
    a_filed(city, at=NOON, text=text)
    answer = at_desk(city.dispatcher).post("/desk/export?queue=all")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    cell = next(cell for cell in sheet[2] if cell.value == text)
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_list_that_is_too_long_is_refused_with_advice(city, cases, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    browser = at_desk(city.dispatcher)
    assert "超过 2 件" in text_of(browser.get("/desk/export?queue=all"))
    answer = browser.post("/desk/export?queue=all")
    assert answer.status_code == 422
    assert "分几次导出" in text_of(answer)
    assert not Record.objects.filter(kind="export").exists()


def test_the_export_keeps_the_lists_order(city, cases):
    Case.objects.filter(pk=cases[1].pk).update(due_at=NOON - timedelta(days=1))
    rows = table(at_desk(city.dispatcher).post("/desk/export?queue=all&sort=due"))
    assert rows[1][0] == cases[1].number
