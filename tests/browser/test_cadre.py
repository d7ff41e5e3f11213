"""The cadre's order page and the desk in a real browser: from the SMS to the answer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Browser, Page, expect

from builders import PASSWORD, PHONE, WORDS, City, a_filed
from mashang.attachments.actions import keep
from mashang.attachments.checking import check_photo
from mashang.cases.models import Case
from pictures import a_photo
from visits import code_sent_to, link_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = ((360, 740), (1366, 768), (1920, 1080))


@pytest.fixture
def case(city: City) -> Case:
    return a_filed(city).case


def open_link(page: Page, case: Case, city: City) -> None:
    """By the code that the SMS brings."""
    page.goto(f"/o/{link_of(case, city.zhang).token}")
    page.get_by_role("button", name="发送验证码").click()
    page.get_by_label("短信里的六位数字").fill(code_sent_to(city.zhang))
    page.get_by_role("button", name="打开办件").click()
    expect(page.get_by_role("heading", name="反映内容")).to_be_visible()


def moves(case: Case) -> list[str]:
    return list(case.entries.order_by("seq").values_list("move", flat=True))


def walk(page: Page, case: Case, city: City) -> None:
    """From the link to the answer."""
    open_link(page, case, city)
    page.get_by_role("button", name="查看电话并拨打").click()
    expect(page.get_by_role("link", name=f"拨打 {PHONE}")).to_have_attribute("href", f"tel:{PHONE}")
    page.get_by_label("通话要点").fill("下午三点去看")
    page.get_by_role("button", name="已联系上").click()
    expect(page.get_by_text("已登记：已联系上。")).to_be_visible()
    expect(page.get_by_text(PHONE)).to_have_count(0)

    page.locator("summary", has_text="答复并办结").click()
    page.get_by_label("给诉求人的答复").fill("井盖已经换好。")
    page.get_by_label("办了什么").fill("换了一个井盖")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    page.locator("input[type=file]").set_input_files([photo])
    page.get_by_role("button", name="答复并办结").click()
    expect(page.get_by_text("已答复，等诉求人评价。")).to_be_visible()
    expect(page.locator(".photos > li > a > img")).to_have_js_property("complete", True)
    assert moves(case) == ["file", "look", "contact_reached", "answer"]


def test_a_cadre_calls_logs_and_answers_on_the_phone(page: Page, city: City, case: Case):
    walk(page, case, city)


def test_all_of_it_works_without_scripts(browser: Browser, live_server, settings, city, case):
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    walk(context.new_page(), case, city)
    context.close()


def test_what_was_typed_survives_a_lost_page_until_it_has_arrived(page, city, case):
    open_link(page, case, city)
    note = page.locator("#note-words")
    page.locator("summary", has_text="备注").click()
    note.fill("物业电话没人接，明天再打。")
    page.reload()
    expect(note).to_have_value("物业电话没人接，明天再打。")
    expect(note).to_be_visible()

    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="备注").click()
    expect(page.get_by_text("您写的内容还在")).to_be_visible()
    page.goto(f"/o/{link_of(case, city.zhang).token}")
    expect(note).to_have_value("物业电话没人接，明天再打。")

    page.get_by_role("button", name="备注").click()
    expect(page.get_by_text("已登记：备注。")).to_be_visible()
    expect(note).to_have_value("")
    page.reload()
    expect(note).to_have_value("")
    assert moves(case) == ["file", "note"]


def test_words_about_a_call_are_forgotten_once_it_is_logged(page, city, case):
    open_link(page, case, city)
    page.locator("summary", has_text="登记联系结果").click()
    words = page.get_by_label("通话要点")
    words.fill("响了很久")
    page.reload()
    expect(words).to_have_value("响了很久")
    page.get_by_role("button", name="没人接听").click()
    expect(page.get_by_text("已登记：没人接听。")).to_be_visible()
    expect(words).to_have_value("")


def test_a_double_tap_makes_one_entry(page, city, case):
    open_link(page, case, city)
    page.locator("summary", has_text="签收").click()
    page.get_by_role("button", name="签收", exact=True).dblclick()
    expect(page.get_by_text("已登记：签收。")).to_be_visible()
    assert moves(case) == ["file", "acknowledge"]


def test_what_to_do_first_stands_on_the_first_screen_of_a_small_phone(page, city, case):
    page.set_viewport_size({"width": 360, "height": 640})
    open_link(page, case, city)
    button = page.get_by_role("button", name="查看电话并拨打").bounding_box()
    assert button["y"] + button["height"] < 640
    assert button["height"] >= 56
    text = page.get_by_text(WORDS).bounding_box()
    assert text["y"] < 640


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_no_page_is_wider_than_its_screen(page, city, case, large, live_server):
    if large:
        page.context.add_cookies([{"name": "large", "value": "1", "url": live_server.url}])
    open_link(page, case, city)
    order = page.url
    page.goto("/staff/sign-in?next=/desk?queue=all")
    page.get_by_label("用户名").fill("dispatcher")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("link", name=case.number)).to_be_visible()
    for address in (order, "/desk?queue=all", f"/desk/cases/{case.number}", "/staff/sign-in"):
        page.goto(address)
        for width, height in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            widths = "[document.documentElement.scrollWidth, innerWidth]"
            needed, there = page.evaluate(widths)
            assert needed <= there, (address, width)


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_everything_to_tap_is_large_enough(page, city, case, large, live_server):
    if large:
        page.context.add_cookies([{"name": "large", "value": "1", "url": live_server.url}])
    open_link(page, case, city)
    least = 60 if large else 44
    for target in page.locator("main button:visible, main summary:visible, main select").all():
        assert target.bounding_box()["height"] >= least, target.inner_text()


@pytest.mark.parametrize(("width", "height"), WIDTHS[1:])
def test_a_wide_screen_has_the_case_left_the_work_and_what_happened_right(
    page, city, case, width, height
):
    open_link(page, case, city)
    page.set_viewport_size({"width": width, "height": height})
    story, act, moves, around, time = (
        page.locator(f".order-{part}").bounding_box()
        for part in ("story", "act", "moves", "around", "time")
    )
    assert story["x"] + story["width"] <= act["x"] == moves["x"] == around["x"]
    assert act["x"] + act["width"] <= time["x"]
    assert moves["y"] - (act["y"] + act["height"]) < 40
    assert all(part["y"] < height for part in (story, act, moves, around, time))


def test_a_photo_is_enlarged_and_closed_without_scripts(browser, live_server, settings, city, case):
    photo = SimpleUploadedFile("a.jpg", a_photo((1200, 900)))
    keep(check_photo(photo), owner=case.subject, part="report")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    shown = context.new_page()
    open_link(shown, case, city)
    large = shown.locator(".enlarged-image img")
    expect(large).to_be_hidden()
    shown.locator(".photos > li > a").click()
    expect(large).to_be_visible()
    shown.get_by_role("link", name="关闭").click()
    expect(large).to_be_hidden()
    context.close()
