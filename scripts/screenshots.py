"""Walks a running demonstration as a resident and a cadre, and takes the README's pictures.

    make run                                        # in one terminal
    .venv/bin/python scripts/screenshots.py         # in another

Writes docs/screenshots/*.png. Needs Debian's chromium.
"""

import re
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
OUT = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
CODE, PASSWORD = "BYYHSQ333G", "mashang-demo-2026"
PHONE_WIDTH, DESK_WIDTH = 360, 1366
# Who signs in for which pages, and the picture of each.
DESKS = {
    "county": {
        "desk": "/desk?queue=places",
        "duty": "/desk/duty",
        "figures": "/desk/figures",
        "search": "/desk/search?q=%E8%B7%AF%E7%81%AF",
    },
    "operator": {"settings": "/desk/settings/ladders"},
    "auditor": {"audit": "/desk/audit"},
}
RESIDENT = "19900009876"
WORDS = (
    "三号楼二单元门口的路灯坏了五六天，晚上漆黑一片。楼里老人多，昨晚有位大爷下台阶差点摔倒，"
    "麻烦派人来修一下。"
)


def phone(browser: Browser, *, large: bool = False) -> Page:
    context = browser.new_context(
        viewport={"width": PHONE_WIDTH, "height": 740}, device_scale_factor=2, locale="zh-CN"
    )
    if large:
        context.add_cookies([{"name": "large", "value": "1", "url": BASE}])
    return context.new_page()


def shoot(page: Page, name: str) -> None:
    path = OUT / f"{name}.png"
    page.screenshot(path=path)
    # A palette of 128 colours makes them a third as large.
    Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def last_sms(page: Page, number: str, pattern: str) -> str:
    """What `pattern` finds in the newest SMS to a number, as its owner would read it."""
    for _try in range(50):
        page.goto(f"{BASE}/phone?number={number}&still=1")
        found = re.search(pattern, page.inner_text("main"))
        if found:
            return found[1]
        page.wait_for_timeout(200)
    raise SystemExit(f"no SMS to {number} like {pattern}: is the worker running?")


def report(browser: Browser) -> str:
    """The resident files; returns the address of the tracking page."""
    page = phone(browser)
    page.goto(f"{BASE}/q/{CODE}")
    page.fill("#text", WORDS)
    page.fill("#name", "何秀英")
    page.fill("#phone", RESIDENT)
    page.evaluate("scrollTo(0, 0)")
    shoot(page, "resident-form")
    page.click("form button.big")
    page.wait_for_url("**/r/*")
    tracking = page.url.replace("/r/", "/t/")
    large = phone(browser, large=True)
    large.goto(f"{BASE}/q/{CODE}")
    shoot(large, "resident-form-large")
    return tracking


def handle(browser: Browser, number: str) -> None:
    """The cadre opens the link from the SMS and binds the phone."""
    look = browser.new_context(viewport={"width": DESK_WIDTH, "height": 800}).new_page()
    link = last_sms(look, number, r"(http\S+/o/\w+)")
    page = phone(browser)
    page.goto(link)
    page.click("main form button.big")
    page.fill("input[name=code]", last_sms(look, number, r"验证码(?:是)?(\d{6})"))
    page.press("input[name=code]", "Enter")
    page.wait_for_load_state()
    shoot(page, "cadre-order")


def signed_in(browser: Browser, username: str, *, width: int, large: bool = False) -> Page:
    """A browser in which one of the demonstration's people is signed in."""
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN")
    if large:
        context.add_cookies([{"name": "large", "value": "1", "url": BASE}])
    page = context.new_page()
    page.goto(f"{BASE}/staff/sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[type=password]", PASSWORD)
    page.press("input[type=password]", "Enter")
    page.wait_for_url(re.compile(r"/(desk|account)"))
    return page


def desks(browser: Browser) -> None:
    for username, pictures in DESKS.items():
        page = signed_in(browser, username, width=DESK_WIDTH)
        for name, address in pictures.items():
            page.goto(f"{BASE}{address}")
            shoot(page, name)
        if username == "county":
            page.goto(f"{BASE}/desk?queue=places")
            page.click("table.cases tbody th a")
            page.wait_for_load_state()
            shoot(page, "case")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        tracking = report(browser)
        page = phone(browser)
        page.goto(tracking)
        shoot(page, "resident-tracking")
        wide = browser.new_context(viewport={"width": DESK_WIDTH, "height": 800}).new_page()
        number = cadre_number(wide)
        handle(browser, number)
        desks(browser)
        browser.close()


def cadre_number(page: Page) -> str:
    """The number that got the newest order, read off the demonstration's phone."""
    page.goto(f"{BASE}/phone?still=1")
    for _try in range(50):
        for card in page.query_selector_all("section.phone"):
            if "/o/" in card.inner_text():
                return card.query_selector("h2 a").inner_text().strip()
        page.wait_for_timeout(200)
        page.reload()
    raise SystemExit("no order on the demonstration's phone")


if __name__ == "__main__":
    main()
