"""The desk while it is open: keys, ticking, and what comes in by itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from builders import City, a_filed
from mashang.cases.models import Case, Entry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LATER = 21_000  # milliseconds; the desk looks every twenty seconds


@pytest.fixture
def cases(city: City) -> list[Case]:
    return [a_filed(city, text=f"第{number}栋楼下的路灯坏了").case for number in (1, 2, 3)]


@pytest.fixture
def desk(windows, cases) -> Page:
    """The dispatcher's list of all that is open, on a clock that the test moves."""
    page = windows("dispatcher")
    page.clock.install()
    page.goto("/desk?queue=places")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    return page


def rows(page: Page, kind: str) -> list[str]:
    return page.locator(f"#list tbody tr.{kind} th a").all_inner_texts()


def test_the_list_is_worked_with_the_keyboard_alone(desk, cases):
    shown = desk.locator("#list tbody th a").all_inner_texts()
    assert sorted(shown) == sorted(case.number for case in cases)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    assert rows(desk, "at") == [shown[1]]
    desk.keyboard.press("x")
    desk.keyboard.press("k")
    desk.keyboard.press("x")
    assert rows(desk, "ticked") == shown[:2]
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    desk.locator("main textarea").fill("已电话提醒社区")
    desk.get_by_role("button", name="先看会怎样").click()
    desk.get_by_role("button", name="确定，办 2 件").click()
    expect(desk.get_by_text("办好了 2 件。")).to_be_visible()
    noted = Entry.objects.filter(move="note").values_list("case", flat=True)
    assert sorted(noted) == sorted(case.pk for case in cases if case.number in shown[:2])


def test_a_key_pressed_in_the_search_box_is_a_letter(desk):
    desk.keyboard.press("/")
    desk.keyboard.type("jx")
    expect(desk.locator("#find")).to_have_value("jx")
    assert rows(desk, "at") == rows(desk, "ticked") == []


def test_what_comes_in_stands_in_the_list_and_in_the_title_until_somebody_is_there(desk, city):
    new = a_filed(city, text="幼儿园门口的井盖松了").case
    desk.clock.fast_forward(LATER)
    expect(desk.locator("#list tbody tr.new th a")).to_have_text(new.number)
    expect(desk).to_have_title(re.compile(r"^\(1\) "))
    expect(desk.locator("[data-queue=places] .queue-count")).to_have_text("4")
    desk.mouse.move(300, 300)
    expect(desk).to_have_title(re.compile(r"^[^(]"))


def test_the_list_does_not_move_under_the_hands_of_whoever_works_with_it(desk, city):
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    new = a_filed(city, text="幼儿园门口的井盖松了").case
    desk.clock.fast_forward(LATER)
    expect(desk.locator("#news button")).to_be_visible()
    expect(desk.locator("#list tbody tr")).to_have_count(3)
    ticked = rows(desk, "ticked")
    desk.locator("#news button").click()
    expect(desk.locator("#list tbody tr")).to_have_count(4)
    expect(desk.locator(f"#list tr.new th a:text('{new.number}')")).to_be_visible()
    assert rows(desk, "ticked") == ticked
