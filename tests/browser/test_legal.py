"""A resident asks themselves, then counsel; counsel answers; nobody else is in between."""

import re

import pytest
from playwright.sync_api import Page, expect

from builders import a_unit, someone
from mashang.legal.loading import SHIPPED, load_flows
from mashang.people.models import Role, UnitKind

pytestmark = pytest.mark.browser


def test_from_a_guided_question_to_the_answer_of_counsel(city, page: Page, windows):
    load_flows(SHIPPED)
    station = a_unit("counsel", "人民路公共法律服务站", UnitKind.COUNSEL, city.township)
    someone("counsel", "林律师", station, Role.HANDLER, on_duty=1)
    page.goto("/legal")
    page.get_by_role("link", name="老板拖欠工资").click()
    page.get_by_role("link", name="工厂、店铺、公司").click()
    page.get_by_role("link", name="已经不干了").click()
    page.get_by_label("哪一天离开的？").fill("2026-01-31")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("申请劳动仲裁：最晚 2027-01-31")).to_be_visible()
    with page.expect_download() as calendar:
        page.get_by_role("link", name="存进手机日历").click()
    assert calendar.value.suggested_filename == "wages.ics"
    page.get_by_role("link", name="还是拿不准？问律师").click()
    expect(page.get_by_text("哪一天离开的？ 2026-01-31")).to_be_visible()
    expect(page.get_by_label("哪方面的事")).to_have_value("wages")
    page.get_by_label("您住在哪个村或社区").fill("颐和社区")
    page.get_by_label("您想问什么").fill("老板说没有合同就不给钱，是真的吗？")
    page.get_by_label("您的姓名").fill("何秀英")
    page.get_by_label("您的手机号").fill("13909431234")
    page.get_by_role("button", name="交给律师").click()
    expect(page.get_by_text("等律师答复")).to_be_visible()
    desk = windows("counsel")
    desk.get_by_role("link", name=re.compile("小律服务")).click()
    desk.get_by_role("row").filter(has_text="等您答复").get_by_role("link").click()
    expect(desk.get_by_text("老板说没有合同就不给钱")).to_be_visible()
    desk.get_by_label("写给咨询人").fill("不是真的。没有合同也要付工资。")
    desk.get_by_role("button", name="答复", exact=True).click()
    page.reload()
    expect(page.get_by_text("没有合同也要付工资")).to_be_visible()
