"""The table by unit as cities publish it, its workbook, and what became of the codes."""

import re
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from builders import a_filed
from counted_day import NOON, ON_THE_DAY, count
from mashang.cases.models import Case
from mashang.codes.models import Code
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
PAGE = "/desk/figures/units"


def page_of(account, address: str, *, status: int = 200) -> str:
    answer = at_desk(account).get(address)
    assert answer.status_code == status
    return text_of(answer)


def row_of(page: str, name: str) -> list[str]:
    """The plain text of a row's cells."""
    found = re.search(rf'<tr><th scope="row">(?:<a [^>]+>)?{name}.*?</tr>', page, re.S)
    assert found, name
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found.group(0), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def test_a_row_is_as_counted_by_hand(scene):
    page = page_of(scene.city.county_duty, f"{PAGE}?{ON_THE_DAY}&kind=all")
    # Valid, on time, late, without limit, open, of them late, returned; then the rates.
    assert row_of(page, "颐和社区居委会") == [
        "6", "4", "0", "0", "2", "0", "0", "66.67% 4 / 6", "100.00% 4 / 4", "50.00% 1 / 2",
    ]  # fmt: skip
    assert row_of(page, "隔壁社区居委会")[:7] == ["1", "0", "0", "0", "1", "0", "1"]
    assert row_of(page, "合计")[0] == "7"
    assert "督查岗" not in re.search(r"<tbody>.*</tbody>", page, re.S).group(0)


def test_every_number_of_the_table_leads_to_as_many_cases(scene):
    browser = at_desk(scene.city.county_duty)
    page = text_of(browser.get(f"{PAGE}?{ON_THE_DAY}&kind=all"))
    found = set(re.findall(r'<a href="(/desk/figures/cases\?[^"]+)">(\d+)</a>', page))
    assert len(found) > 15
    for address, number in found:
        listed = text_of(browser.get(address.replace("&amp;", "&")))
        assert f"<small>{number} 件</small>" in listed, address


def test_what_no_unit_has_is_a_row_of_its_own_that_leads_to_its_cases(scene):
    Case.objects.filter(pk=scene.waiting.case.pk).update(unit=None, is_counted=False)
    count(NOON)
    browser = at_desk(scene.city.county_duty)
    page = text_of(browser.get(f"{PAGE}?{ON_THE_DAY}&kind=all"))
    assert row_of(page, "还没有承办单位")[0] == "1"
    address = re.search(r'还没有承办单位</th><td class="figure"><a href="([^"]+)">1</a>', page)[1]
    listed = text_of(browser.get(address.replace("&amp;", "&")))
    assert "<small>1 件</small>" in listed
    assert scene.waiting.case.number in listed


def test_villages_are_left_out_of_a_countys_table_unless_asked_for(scene):
    page = page_of(scene.city.county_duty, f"{PAGE}?{ON_THE_DAY}")
    assert "没有派到单位的事项" in page
    assert "颐和社区居委会" in page_of(scene.city.dispatcher, f"{PAGE}?{ON_THE_DAY}")
    page = page_of(scene.city.county_duty, f"{PAGE}?{ON_THE_DAY}&kind=community")
    assert "颐和社区居委会" in page


def test_a_unit_sees_its_own_row_alone(scene):
    page = page_of(scene.city.zhang, f"{PAGE}?{ON_THE_DAY}")
    assert row_of(page, "颐和社区居委会")[0] == "6"
    assert "隔壁社区居委会" not in page
    page_of(scene.city.zhang, f"{PAGE}?place=620402&{ON_THE_DAY}", status=404)
    page_of(scene.city.auditor, PAGE, status=404)


def test_the_workbook_holds_the_same_numbers(scene):
    answer = at_desk(scene.city.county_duty).get(f"{PAGE}/export?{ON_THE_DAY}&kind=all")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["颐和社区居委会"][2:] == (6, 4, 0, 0, 2, 0, 0, 4, 66.67, 100, 2, 1, 50)
    assert rows["合计"][2] == 7


def test_the_table_asks_as_much_of_one_unit_as_of_many(scene):
    browser = at_desk(scene.city.county_duty)

    def queries(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            browser.get(address)
        return len(asked)

    few = queries(f"{PAGE}?place=620402001008&{ON_THE_DAY}&kind=all")
    assert few == queries(f"{PAGE}?place=620402001&{ON_THE_DAY}&kind=all") <= 11


def test_codes_are_counted_by_state_and_those_nobody_reported_by_are_listed(scene):
    city = scene.city
    page = page_of(city.dispatcher, "/desk/figures/codes")
    assert row_of(page, "使用中")[0] == "1"
    assert row_of(page, "已停用")[0] == "1"
    assert row_of(page, "从来没有人用它反映过")[0] == "0"
    a_new_one = Code.objects.create(
        code="NEWCODE234", place=city.next_door, spot="5号楼", batch=city.code.batch, state="live"
    )
    listed = page_of(city.dispatcher, "/desk/figures/codes?state=unreported")
    assert a_new_one.code in listed
    assert city.code.code not in listed
    page_of(city.dispatcher, "/desk/figures/codes?state=lost", status=404)
    page_of(city.zhang, "/desk/figures/codes", status=404)


def test_a_code_by_which_only_a_sealed_matter_came_is_as_if_never_reported_by(scene):
    city = scene.city
    code = Code.objects.create(
        code="NEWCODE234", place=city.next_door, batch=city.code.batch, state="live"
    )
    a_filed(city, at=NOON, code=code, place=city.next_door, is_sealed=True, accused_level="village")
    count(NOON)
    assert code.code in page_of(city.dispatcher, "/desk/figures/codes?state=unreported")
