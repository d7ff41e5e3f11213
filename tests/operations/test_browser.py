"""That the tests' browser is a real one, and that pages bring their styles with them."""

import pytest

pytestmark = pytest.mark.browser


def test_a_page_is_drawn_with_its_own_styles(page):
    page.goto("/phone")
    assert page.title()
    brand = page.locator(".brand .mark")
    assert brand.evaluate("element => getComputedStyle(element).display") != "inline"


def test_health_is_told_to_a_browser(page):
    assert page.goto("/healthz").status == 503
    assert "worker" in page.content()
