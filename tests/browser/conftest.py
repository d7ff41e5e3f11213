"""A city with people in it, each at a window of their own."""

import pytest
from playwright.sync_api import Browser, Page, expect

from builders import PASSWORD, City, make_city

DESK = {"width": 1366, "height": 768}


@pytest.fixture
def city(transactional_db) -> City:
    return make_city()


@pytest.fixture
def windows(browser: Browser, live_server, settings):
    """A window of one's own for each person: `windows("zhang")` is signed in."""
    settings.BASE_URL = live_server.url
    opened = []

    def sign_in(username: str) -> Page:
        context = browser.new_context(base_url=live_server.url, viewport=DESK, locale="zh-CN")
        opened.append(context)
        page = context.new_page()
        page.goto("/staff/sign-in?next=/desk")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("button", name="退出")).to_be_visible()
        return page

    yield sign_in
    for context in opened:
        context.close()
