"""Whole stories in a real browser: several people, each in their own window, one case."""

import pytest
from playwright.sync_api import Page, expect

from builders import WORDS, City, a_filed, someone
from mashang.cases.models import Case
from mashang.people.models import Role, Unit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def address(case: Case) -> str:
    return f"/desk/cases/{case.number}"


def unfold(page: Page, label: str) -> None:
    page.locator("summary", has_text=label).first.click()


def moves(case: Case) -> list[str]:
    return list(case.entries.order_by("seq").values_list("move", flat=True))


def done(page: Page, label: str) -> None:
    expect(page.get_by_text(f"已登记：{label}。")).to_be_visible()


def test_from_dispatch_to_answer_to_dispute_and_back_again(windows, page: Page, city: City):
    """No unit answered for the place when it was filed, so somebody must dispatch it."""
    centres = Unit.objects.filter(code="city-centre")
    someone("city-duty", "白主任", centres.get(), Role.DISPATCHER)
    centres.update(is_active=False)
    filed = a_filed(city, place=city.far_village.parent, code=None)
    case = filed.case
    centres.update(is_active=True)
    assert case.state == "to_triage"

    centre = windows("city-duty")
    centre.goto(address(case))
    unfold(centre, "派单")
    centre.locator("#dispatch-unit").select_option(label="远山村委会")
    centre.get_by_role("button", name="派单").click()
    expect(centre.get_by_text("待签收").first).to_be_visible()

    cadre = windows("far-cadre")
    cadre.goto(address(case))
    unfold(cadre, "签收")
    cadre.get_by_role("button", name="签收", exact=True).click()
    done(cadre, "签收")
    cadre.get_by_role("button", name="查看电话并拨打").click()
    cadre.get_by_role("button", name="已联系上").click()
    done(cadre, "已联系上")
    unfold(cadre, "答复并办结")
    cadre.get_by_label("给诉求人的答复").fill("井盖已经换好。")
    cadre.get_by_label("办了什么").fill("换了一个井盖")
    cadre.get_by_role("button", name="答复并办结").click()
    expect(cadre.get_by_text("已答复，等诉求人评价。")).to_be_visible()

    page.goto(f"/t/{filed.requester.tracking_token}")
    page.get_by_label("没有解决", exact=True).check()
    page.get_by_label("不满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("井盖已经换好。").first).to_be_visible()
    assert moves(case)[-1] == "dispute"
    page.locator("#reopen summary").click()
    page.locator("#reopen textarea").fill("井盖又松了")
    page.locator("#reopen form button").click()
    expect(page.get_by_text("已重新办理，工作人员会再联系您。")).to_be_visible()

    cadre.reload()
    expect(cadre.get_by_text("重办").first).to_be_visible()
    cadre.get_by_role("button", name="查看电话并拨打").click()
    cadre.get_by_role("button", name="已联系上").click()
    unfold(cadre, "答复并办结")
    cadre.get_by_label("给诉求人的答复").fill("重新固定好了。")
    cadre.get_by_label("办了什么").fill("加了膨胀螺丝")
    cadre.get_by_role("button", name="答复并办结").click()
    expect(cadre.get_by_text("已答复，等诉求人评价。")).to_be_visible()

    page.reload()
    page.get_by_label("解决了", exact=True).check()
    page.get_by_label("满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("重新固定好了。").first).to_be_visible()
    assert Case.objects.get(pk=case.pk).state == "confirmed"
    cadre.reload()
    expect(cadre.get_by_text("已确认解决").first).to_be_visible()


def test_a_dispute_about_whose_matter_it_is(windows, city: City):
    case = a_filed(city).case
    cadre, township = windows("zhang"), windows("dispatcher")
    cadre.goto(address(case))
    unfold(cadre, "不属于本单位")
    cadre.locator("#ask_return-words").fill("井盖归自来水公司")
    cadre.get_by_role("button", name="不属于本单位").click()
    expect(cadre.get_by_text("已申请退单，等上级决定。")).to_be_visible()

    township.goto(address(case))
    expect(township.get_by_text("井盖归自来水公司").first).to_be_visible()
    unfold(township, "维持原派单")
    township.locator("#refuse_return-words").fill("首接负责，请你们牵头")
    township.get_by_role("button", name="维持原派单").click()
    done(township, "维持原派单")

    cadre.reload()
    expect(cadre.get_by_text("首接负责，请你们牵头")).to_be_visible()
    expect(cadre.locator("summary", has_text="不属于本单位")).to_have_count(0)


def test_what_is_likely_the_same_matter_is_merged(windows, city: City):
    first, second = a_filed(city).case, a_filed(city, phone="13911112222").case
    township = windows("dispatcher")
    township.goto(address(second))
    expect(township.get_by_role("heading", name="可能是同一件事")).to_be_visible()
    expect(township.get_by_role("link", name=first.number)).to_be_visible()
    unfold(township, "并单")
    township.locator("#merge-lead_number").fill(first.number)
    township.get_by_role("button", name="并单").click()
    done(township, "并单")
    expect(township.get_by_role("heading", name="并入的主件")).to_be_visible()
    township.get_by_role("link", name=first.number).first.click()
    expect(township.get_by_role("heading", name="并进来的件，一起答复")).to_be_visible()


def test_a_sealed_matter_is_there_for_inspection_and_for_nobody_it_concerns(windows, city: City):
    sealed = a_filed(city, is_sealed=True, accused_level="village").case
    for who in ("zhang", "dispatcher"):
        window = windows(who)
        window.goto(address(sealed))
        expect(window.get_by_text("没有找到这个页面")).to_be_visible()
        assert WORDS not in window.content()
    inspector = windows("inspector")
    inspector.goto(address(sealed))
    expect(inspector.get_by_text("只限督查岗办理")).to_be_visible()
    expect(inspector.get_by_text(WORDS).first).to_be_visible()
