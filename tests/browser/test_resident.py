"""The resident's pages in a real browser: lost connections, double taps, no scripts at all."""

import pytest
from playwright.sync_api import Browser, Page, expect

from builders import PHONE, City
from mashang.attachments.models import Attachment
from mashang.cases.models import Case, CaseType, Entry
from mashang.core.cached import forget_all
from mashang.directory.models import Service
from need import find
from pictures import a_photo
from residents import TEXT

FLAGS = ("--no-sandbox", "--disable-gpu")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def short_form() -> None:
    seen = {"name": "seen", "label": "看到什么", "kind": "choice", "is_required": True,
            "choices": ["井盖松动", "路灯不亮"]}  # fmt: skip
    CaseType.objects.create(
        code="hazard", name="随手报隐患", is_short=True, channels=["code"], fields=[seen]
    )
    forget_all()


def fill(page: Page, city: City, *, text: str = TEXT) -> None:
    page.goto(f"/q/{city.code.code}")
    page.fill("#text", text)
    page.fill("#name", "何秀英")
    page.fill("#phone", PHONE)


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交", exact=True).click()


def test_a_resident_files_follows_and_adds(page: Page, city: City):
    fill(page, city)
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    expect(page.get_by_text("颐和社区居委会", exact=True)).to_be_visible()
    page.get_by_role("link", name="查看进度").click()
    page.get_by_text("补充文字或照片").click()
    page.fill("#add-words", "今天更暗了。")
    page.get_by_role("button", name="提交补充").click()
    expect(page.get_by_text("已经补充进去了")).to_be_visible()
    assert Entry.objects.get(move="add").data["words"] == "今天更暗了。"


def test_a_hazard_is_reported_with_two_taps_and_a_photo(page: Page, city: City, tmp_path):
    short_form()
    (tmp_path / "hole.jpg").write_bytes(a_photo((64, 64)))
    page.goto(f"/q/{city.code.code}")
    page.get_by_role("link", name="随手报隐患").click()
    page.get_by_label("井盖松动").check()
    page.locator("input[type=file]").first.set_input_files(tmp_path / "hole.jpg")
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    case = Case.objects.get()
    assert (case.type, case.text, case.is_anonymous) == ("hazard", "看到什么：井盖松动", True)
    assert Attachment.objects.count() == 1


def test_a_draft_survives_a_lost_connection_and_the_page_and_makes_one_case(page: Page, city: City):
    fill(page, city)
    page.context.set_offline(True)
    submit(page)
    page.context.set_offline(False)
    assert not Case.objects.exists()

    page.goto(f"/q/{city.code.code}")
    expect(page.locator("#text")).to_have_value(TEXT)
    expect(page.locator("#phone")).to_have_value(PHONE)
    expect(page.get_by_text("您上次没有提交的内容已经恢复")).to_be_visible()
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert Case.objects.count() == 1


def test_an_answer_that_was_lost_on_the_way_makes_no_second_case(page: Page, city: City):
    """The report arrived, its receipt did not: the page is opened anew and sent again."""
    fill(page, city)

    def swallow(route):
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/q/*?sent", swallow)
    submit(page)
    page.unroute("**/q/*?sent")
    assert Case.objects.count() == 1

    page.goto(f"/q/{city.code.code}")
    submit(page)
    expect(page.get_by_text("没有重复登记")).to_be_visible()
    assert Case.objects.count() == 1


def test_the_draft_is_gone_once_the_receipt_is_shown(page: Page, city: City):
    fill(page, city)
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    page.goto(f"/q/{city.code.code}")
    expect(page.locator("#text")).to_have_value("")


def test_a_draft_can_be_cleared(page: Page, city: City):
    fill(page, city)
    page.reload()
    expect(page.locator("#text")).to_have_value(TEXT)
    page.get_by_role("button", name="清空重写").click()
    expect(page.get_by_role("button", name="清空重写")).to_have_count(0)
    expect(page.locator("#text")).to_have_value("")


def test_two_taps_send_once(page: Page, city: City):
    fill(page, city)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.locator("button.big").evaluate("button => { button.click(); button.click(); }")
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert len(sent) == 1
    assert Case.objects.count() == 1


def test_coming_back_makes_the_button_work_again(page: Page, city: City):
    fill(page, city)
    page.route("**/q/*?sent", lambda route: route.abort())
    submit(page)
    page.unroute("**/q/*?sent")
    page.go_back()
    expect(page.get_by_role("button", name="提交", exact=True)).to_be_enabled()
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()


def test_the_pressed_answer_to_the_question_about_cadres_is_sent(page: Page, city: City):
    fill(page, city, text="村支书优亲厚友，低保名额给了自己家亲戚。")
    submit(page)
    page.get_by_role("button", name="是，直接送上级督查岗").click()
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert Case.objects.get().is_sealed


def test_faults_take_the_focus_and_lead_to_their_field(page: Page, city: City):
    fill(page, city)
    page.fill("#phone", "123")
    submit(page)
    expect(page.locator("#problems")).to_be_focused()
    page.locator("#problems a").click()
    expect(page.locator("#phone")).to_be_focused()


def test_characters_are_counted_as_people_count_them(page: Page, city: City):
    page.goto(f"/q/{city.code.code}")
    page.fill("#text", "灯坏了😀")
    expect(page.locator("[data-count]").first).to_have_text("4 / 2000")


def test_photos_are_shown_taken_out_and_made_smaller_before_they_are_sent(
    page: Page, city: City, tmp_path
):
    large = tmp_path / "large.jpg"
    large.write_bytes(a_photo((3000, 2400), quality=100, subsampling=0, seed=3) + b"\0" * 700_000)
    small = tmp_path / "small.jpg"
    small.write_bytes(a_photo())
    fill(page, city)
    page.set_input_files("#photos", [large])
    page.set_input_files("#photos", [small])
    expect(page.locator(".previews li")).to_have_count(2)
    size = page.locator("#photos").evaluate("input => input.files[0].size")
    assert size < large.stat().st_size / 2
    page.get_by_role("button", name="去掉这张 2").click()
    expect(page.locator(".previews li")).to_have_count(1)
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    kept = Attachment.objects.get()
    assert max(kept.width, kept.height) <= 2048


@pytest.fixture
def with_microphone(browser: Browser, live_server, settings):
    """A page whose browser hears a beep instead of a room."""
    settings.BASE_URL = live_server.url
    listening = browser.browser_type.launch(
        executable_path=find("chromium"),
        args=[*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
    )
    context = listening.new_context(base_url=live_server.url, permissions=["microphone"])
    yield context.new_page()
    listening.close()


def test_a_voice_message_is_recorded_and_is_enough(with_microphone: Page, city: City):
    page = with_microphone
    fill(page, city, text="")
    page.get_by_role("button", name="开始录音").click()
    expect(page.get_by_text("58 s")).to_be_visible()
    page.get_by_role("button", name="录好了").click()
    expect(page.locator("[data-playback]")).to_be_visible()
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert Attachment.objects.get(owner=Case.objects.get().subject).kind == "voice"


def test_a_recording_can_be_thrown_away(with_microphone: Page, city: City):
    page = with_microphone
    fill(page, city)
    page.get_by_role("button", name="开始录音").click()
    page.get_by_role("button", name="录好了").click()
    page.get_by_role("button", name="删掉重录").click()
    expect(page.get_by_role("button", name="开始录音")).to_be_visible()
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("large", ["0", "1"])
@pytest.mark.parametrize("width", [320, 360, 1366, 1920])
def test_no_page_is_wider_than_the_screen_and_every_target_is_large_enough(
    page: Page, city: City, width, large
):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/display?large={large}&next=/")
    least = 60 if large == "1" else 44
    short_form()
    Service.objects.create(
        code="canteen", name="颐和食堂", kind="nearby", words="老人午餐", address="5 号楼一楼",
        phone="09438221234", place=city.yihe, unit=city.yihe_unit,
    )  # fmt: skip
    sign = f"/q/{city.code.code}"
    for address in (
        "/", sign, f"{sign}?type=hazard", f"/services/{city.yihe.code}", "/topics",
        "/find?q=颐和", "/track", "/mine", "/help",
    ):  # fmt: skip
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        heights = page.locator(
            "button:visible, .button:visible, summary:visible, .check:visible, .switches a, "
            "input:visible:not([type=checkbox], [type=radio], .visually-hidden), .bottom a, "
            ".choices a"
        ).evaluate_all("all => all.map(one => [one.getBoundingClientRect().height, one.outerHTML])")
        assert [html for height, html in heights if height < least - 0.5] == [], address


@pytest.fixture
def without_scripts(browser: Browser, live_server, settings):
    settings.BASE_URL = live_server.url
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_going_back_after_a_lost_connection_keeps_the_words_without_scripts(
    without_scripts: Page, city: City
):
    page = without_scripts
    fill(page, city)
    page.route("**/q/*?sent", lambda route: route.abort())
    submit(page)
    page.unroute("**/q/*?sent")
    page.go_back()
    expect(page.locator("#text")).to_have_value(TEXT)
    submit(page)
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert Case.objects.count() == 1


def test_all_that_matters_works_without_scripts(without_scripts: Page, city: City, tmp_path):
    page = without_scripts
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(a_photo())
    page.goto("/")
    page.fill("#q", "颐和")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="颐和社区").click()
    page.fill("#text", TEXT)
    page.set_input_files("#photos", photo)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("已收到 1 张照片")).to_be_visible()
    expect(page.locator("#text")).to_have_value(TEXT)
    page.fill("#name", "何秀英")
    page.fill("#phone", PHONE)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    page.get_by_role("link", name="大字版").click()
    expect(page.locator("html")).to_have_class("large")
    page.get_by_role("link", name="查看进度").click()
    page.get_by_role("link", name="撤回这件事").click()
    page.get_by_role("button", name="确定撤回").click()
    expect(page.get_by_text("已撤回。")).to_be_visible()
    case = Case.objects.get()
    assert case.state == "withdrawn"
    assert Attachment.objects.get().owner == case.subject
