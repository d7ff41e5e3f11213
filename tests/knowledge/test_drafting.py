"""Drafts by a machine that the city named: nothing that tells who somebody is arrives there, what
fails is said plainly, and nothing goes out by itself."""

import html
import re
from dataclasses import replace

import pytest
from django.db import transaction

import fake_machine
from builders import a_filed, staff
from mashang.audit.models import Record
from mashang.cases.actions.identity import erase
from mashang.cases.actions.moving import advance
from mashang.cases.flow import State
from mashang.cases.models import Case
from mashang.cases.order_access import Order
from mashang.cases.wording import MACHINE_MARK
from mashang.knowledge.drafting import actions, endpoint
from mashang.knowledge.drafting.masking import masked
from mashang.people.actors import Resident
from visits import Visit, address, at_desk, bound_phone, desk_of, fresh, link_of, text_of

NAME, PHONE = "慕小满", "13912345678"
SECRETS = (
    NAME, PHONE, "139 1234", "62040219900101123X", "甘D·12345", "甘D12345", "xiaoman@mail.example",
    "6222021001234567890", "2单元501", "3号楼", "482913", "wx_xiaoman", "李建国", "张大力",
)  # fmt: skip
TEXT = (
    "我叫慕小满，电话139 1234 5678，身份证62040219900101123X，住颐和小区"
    "3号楼2单元501室。楼道的灯坏了很久，邻居李建国 13800138000 也说过。车牌甘D·12345，"
    "邮箱xiaoman@mail.example，微信号：wx_xiaoman，卡号6222021001234567890，验证码482913。张大力主任说等等。"
    "从2026年3月1日坏到现在，希望5天内修好。"
)


@pytest.fixture(scope="module")
def machine():
    with fake_machine.running() as fake:
        yield fake


@pytest.fixture
def asked(machine, settings):
    """The machine, named in the settings, as if it had heard nothing yet."""
    machine.deed, machine.heard[:] = "answer", []
    settings.DRAFT_URL, settings.DRAFT_MODEL = machine.url, "qwen"
    settings.DRAFT_KEY, settings.DRAFT_SECONDS = fake_machine.KEY, 0.3
    settings.DRAFTS_PER_PERSON_AN_HOUR, settings.DRAFTS_A_DAY = 50, 100
    return machine


@pytest.fixture
def case(city, noon) -> Case:
    case = a_filed(city, text=TEXT, name=NAME, phone=PHONE).case
    advance(case, "acknowledge", by=staff(city.zhang))
    advance(case, "note", by=staff(city.zhang), words="和慕小满约了明天，他的号码是13912345678。")
    return fresh(case)


def box(page: str, name: str) -> str:
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.S)
    return html.unescape(found.group(1)).strip()


def test_what_arrives_tells_of_nobody_and_what_comes_back_is_for_a_person(city, case, asked):
    desk = at_desk(city.zhang)
    at = f"/desk/cases/{case.number}"
    assert f'href="{at}/draft"' in text_of(desk.get(at))
    shown = box(text_of(desk.get(f"{at}/draft")), "words")
    assert "楼道的灯坏了很久" in shown and "2026年3月1日" in shown and "约了明天" in shown
    assert not asked.heard, "nothing leaves before the person looked"
    sent = {"kind": "answer", "words": TEXT, "done": f"我给{NAME}打了电话，灯换好了。"}
    page = text_of(desk.post(f"{at}/draft", sent))
    ((path, body),) = asked.heard
    assert path == "/v1/chat/completions"
    assert '"model": "qwen"' in body and "灯换好了" in body
    assert [secret for secret in SECRETS if secret in body or secret in shown] == []
    drafted = box(page, "answer")
    assert drafted == f"{MACHINE_MARK}\n您好，灯已经修好。"
    assert "还没有人核对" in page
    assert fresh(case).answer == ""
    record = Record.objects.get(kind="drafted")
    assert (record.account, record.about) == (city.zhang, case.subject)
    assert "draft answer" in record.data and "灯" not in record.data and NAME not in record.data

    # Into the form, where it is refused until a person took the mark away.
    visit = Visit(desk, at, case)
    visit.made("contact_reached")
    filled = visit.again("answer", answer=drafted, words="换了灯。", look="1")
    assert filled.status_code == 200 and MACHINE_MARK in text_of(filled)
    visit.refused("answer", "这是机器起草的，还不能发出", answer=drafted, words="换了灯。")
    visit.made("answer", answer=drafted.partition("\n")[2], words="换了灯。")
    assert fresh(case).state == State.ANSWERED


def test_a_summary_goes_into_a_note_also_by_the_link(city, case, asked):
    asked.words = "<think>想一想</think>楼道灯坏，住户 13700137000 希望 5 天内修好。"
    link = link_of(case, city.zhang)
    sent = {"kind": "summary", "words": "灯坏"}
    page = text_of(bound_phone(link).post(address(link, "/draft"), sent))
    assert box(page, "words") == f"{MACHINE_MARK}\n楼道灯坏，住户 [号码] 希望 5 天内修好。"
    assert f'action="{address(link, "/moves/note")}"' in page


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("slow", "没有回答"),
        ("hang up", "没有回答"),
        ("garbage", "读不懂"),
        ("empty", "读不懂"),
        (401, "不认本系统的密钥"),
        (404, "没有这个模型"),
        (429, "太忙，或者额度用完了"),
        (500, "出了错（500）"),
    ],
)  # fmt: skip
def test_what_fails_is_said_and_the_words_stay(city, case, asked, deed, said, caplog):
    asked.deed = deed
    sent = {"kind": "summary", "words": "灯坏了很久", "done": "已经约好"}
    answer = at_desk(city.zhang).post(f"/desk/cases/{case.number}/draft", sent)
    page = text_of(answer)
    assert answer.status_code == 422
    assert said in page and "请自己写" in page
    assert box(page, "words") == "灯坏了很久" and box(page, "done") == "已经约好"
    assert "灯" not in caplog.text and fake_machine.KEY not in caplog.text
    assert Record.objects.filter(kind="drafted").count() == 1, "it left, so it is recorded"


def test_nothing_listens_or_too_many_or_in_a_transaction(city, case, asked, settings):
    url, desk = f"/desk/cases/{case.number}/draft", at_desk(city.zhang)
    with pytest.raises(RuntimeError, match="transaction"), transaction.atomic():
        endpoint.ask([])
    settings.DRAFTS_PER_PERSON_AN_HOUR = 1
    settings.DRAFT_URL = "http://127.0.0.1:9/v1"
    assert "连不上" in text_of(desk.post(url, {"words": "灯坏"}))
    assert "次数够多了" in text_of(desk.post(url, {"words": "灯坏"}))
    assert asked.heard == []


def test_what_must_not_leave_does_not_and_without_an_address_there_is_nothing(
    city, case, asked, settings
):
    at = f"/desk/cases/{case.number}"
    desk, centre = at_desk(city.zhang), at_desk(city.dispatcher)

    def is_offered(browser) -> bool:
        answers = [browser.get(f"{at}/draft"), browser.post(f"{at}/draft", {"words": "灯坏"})]
        linked = f"{at}/draft" in text_of(browser.get(at))
        assert {answer.status_code for answer in answers} == ({200} if linked else {404})
        return linked

    assert is_offered(desk)
    assert at_desk(city.neighbour).get(f"{at}/draft").status_code == 404
    heard = len(asked.heard)
    for field, browser in (("is_confidential", desk), ("is_sealed", at_desk(city.inspector))):
        Case.objects.filter(pk=case.pk).update(**{field: True})
        assert not is_offered(browser)
        Case.objects.filter(pk=case.pk).update(**{field: False})
    order = Order(fresh(case), staff(city.zhang))
    assert actions.kinds(order) and not actions.kinds(replace(order, case=Case(flow="mediation")))
    erase(case, by=Resident(frozenset({case.pk})))
    assert "已经删除个人信息" in text_of(desk.post(f"{at}/draft", {"words": "灯坏"}))
    settings.DRAFT_URL = ""
    assert not is_offered(centre)
    assert len(asked.heard) == heard
    assert "请机器起草" not in desk_of(city.dispatcher, case).shown


def test_masking_keeps_what_is_no_identity_and_finds_what_is_written_oddly():
    kept = "供热只有16度，已经3天，2026年3月5日起停水，第三季度一共一百二十户，我是这里的业主。"
    assert masked(kept) == kept
    assert masked("一三九一二三四五六七八 或 ０９４３－8231234") == "[号码] 或 [号码]"
    assert masked("慕 小满来过", known=[NAME]) == "[姓名]来过"
    assert masked("五号楼王阿姨，人民路12号，3-2-501") == "[门牌][姓名]阿姨，人民路[门牌]，[门牌]"
