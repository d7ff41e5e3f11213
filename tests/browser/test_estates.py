"""An owner's order in a real browser: scan, dispatch, a time that is promised."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from builders import PHONE
from garden import make_garden
from mashang.cases.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_owner_orders_the_branch_hands_it_on_and_the_manager_promises_a_time(
    page: Page, windows, transactional_db
):
    garden = make_garden()
    page.goto(f"/q/{garden.code.code}")
    expect(page.get_by_role("heading", name="业主下单")).to_be_visible()
    page.get_by_label("维修").check()
    page.fill("#text", "门禁坏了，刷卡没反应。")
    page.fill("#name", "何秀英")
    page.fill("#phone", PHONE)
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_role("link", name="查看进度").click()
    tracking = page.url
    case = Case.objects.get()

    branch = windows("secretary")
    branch.goto(f"/desk/cases/{case.number}")
    branch.locator("summary", has_text="转派").click()
    branch.locator("#redispatch-unit").select_option(label="银馨物业")
    branch.fill("#redispatch-words", "请接单")
    branch.locator("details", has=branch.locator("#redispatch-unit")).get_by_role("button").click()
    expect(branch.get_by_role("status").first).to_be_visible()

    manager = windows("concierge")
    manager.goto(f"/desk/cases/{case.number}")
    manager.locator("summary", has_text="接单并约时间").click()
    soon = timezone.localtime() + timedelta(hours=20)
    manager.fill("#take_on-promised", soon.strftime("%Y-%m-%dT%H:%M"))
    manager.locator("details", has=manager.locator("#take_on-promised")).get_by_role(
        "button"
    ).click()
    expect(manager.get_by_text(re.compile("和诉求人约好"))).to_be_visible()

    page.goto(tracking)
    expect(page.get_by_text(re.compile("银馨物业和您约好")).first).to_be_visible()
