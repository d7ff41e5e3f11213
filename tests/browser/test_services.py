"""A wish and a mediation in a real browser, without scripts, from the form to the end."""

import pytest
from playwright.sync_api import Browser, Page, expect

from builders import City, staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.mediation.models import Party
from mashang.messaging.models import Message
from mashang.wishes.models import Claim

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WISHER, HELPER, OTHER = "13919450001", "13919450002", "13919450003"


def sms_code(phone: str) -> str:
    sent = Message.objects.filter(template="verification").order_by("-id")
    return next(message.params["code"] for message in sent if message.phone == phone)


@pytest.fixture
def plain(browser: Browser, live_server) -> Page:
    """An old telephone's browser, without scripts."""
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    yield context.new_page()
    context.close()


def test_a_wish_from_the_form_to_the_thanks_without_scripts(plain: Page, city: City):
    plain.goto(f"/services/{city.yihe.code}")
    plain.get_by_role("link", name="微心愿").click()
    plain.get_by_role("link", name="我有一个心愿").click()
    plain.get_by_label("您的心愿").fill("想要一副老花镜")
    plain.get_by_label("姓名").fill("石玉兰")
    plain.get_by_label("电话").fill(WISHER)
    plain.get_by_role("button", name="交给社区核实").click()
    expect(plain.get_by_text("社区会先和您核实")).to_be_visible()
    track = plain.url
    case = Case.every.get(flow="wish")
    grid = staff(city.zhang)
    advance(case, "check", by=grid, public_words="一位老人想要老花镜", handover="居委会")
    plain.goto(f"/wishes/{city.yihe.code}")
    plain.get_by_role("link", name="我来帮").click()
    plain.get_by_label("联系人姓名").fill("关大力")
    plain.get_by_label("手机").fill(HELPER)
    plain.get_by_role("button", name="发送验证码").click()
    plain.get_by_label("验证码").fill(sms_code(HELPER))
    plain.get_by_role("button", name="认领").click()
    expect(plain.get_by_text("请送到：居委会")).to_be_visible()
    plain.get_by_label("送了什么、送到哪里").fill("老花镜一副")
    plain.get_by_role("button", name="已送达").click()
    expect(plain.get_by_text("等本人确认").first).to_be_visible()
    plain.goto(track.partition("?")[0])
    plain.get_by_role("button", name="收到了", exact=True).click()
    expect(plain.get_by_text("心愿实现")).to_be_visible()
    assert Claim.objects.get().ending == "delivered"


def test_a_side_applies_the_other_agrees_without_scripts(plain: Page, city: City):
    plain.goto(f"/services/{city.yihe.code}")
    plain.get_by_role("link", name="人民调解").click()
    plain.get_by_label("为什么事").fill("楼上漏水不赔")
    plain.get_by_label("您的姓名").fill("王守业")
    plain.get_by_label("您的手机").fill(WISHER)
    plain.get_by_label("对方是谁").fill("何立新")
    plain.get_by_label("对方电话").fill(OTHER)
    plain.get_by_role("button", name="提交申请").click()
    expect(plain.get_by_text("这一页是您自己的")).to_be_visible()
    case = Case.every.get(flow="mediation")
    advance(case, "accept", by=staff(city.zhang), topic="楼上漏水的赔偿")
    other = Party.objects.get(case=case, side="respondent")
    plain.goto(f"/mediation/p/{other.token}")
    plain.get_by_role("button", name="同意调解", exact=True).click()
    expect(plain.get_by_text("各方同意，待调解")).to_be_visible()
    plain.get_by_text("写给调解员").first.click()
    plain.get_by_label("您想说的").fill("最多出两千")
    plain.get_by_role("button", name="写给调解员").click()
    expect(plain.get_by_text("只有调解员看到", exact=False).last).to_be_visible()
