"""The duty pages in a real browser: by day on a phone, on one sheet of paper, by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from builders import PASSWORD, City
from mashang.people.models import Shift

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("/desk/duty", "/desk/duty?view=month", "/desk/duty/units/yihe", "/desk/duty/mine")


@pytest.fixture
def desk(page: Page, city: City) -> Page:
    page.goto("/staff/sign-in?next=/desk/duty")
    page.get_by_label("用户名").fill("dispatcher")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="值班")).to_be_visible()
    return page


def test_nothing_is_wider_than_the_screen_in_any_type(desk):
    for large in ("0", "1"):
        desk.goto(f"/display?large={large}&next=/desk/duty")
        for width in (360, 1366):
            desk.set_viewport_size({"width": width, "height": 800})
            for address in PAGES:
                desk.goto(address)
                assert desk.evaluate("document.documentElement.scrollWidth") <= width, address


def test_every_calendar_is_one_sheet_of_paper(desk, tmp_path):
    for address in PAGES[:3]:
        desk.goto(address)
        sheet = desk.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1, address


def test_a_shift_is_arranged_with_the_keyboard_alone(desk, city):
    desk.goto("/desk/duty/units/yihe")
    desk.locator("summary", has_text="排班").focus()
    desk.keyboard.press("Enter")
    desk.get_by_label("谁", exact=True).focus()
    desk.keyboard.press("ArrowDown")
    desk.get_by_role("button", name="排上").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("已排班：")).to_be_visible()
    assert Shift.objects.filter(unit=city.yihe_unit).count() == 3
