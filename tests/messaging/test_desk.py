"""The staff's pages of the outbox and the providers."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from builders import a_filed, make_city, someone
from mashang.audit.models import Record
from mashang.cases.actions import delivery
from mashang.messaging import registry
from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import (
    Attempt,
    Inbound,
    Message,
    MessageState,
    Provider,
    ProviderHealth,
    ProviderKind,
)
from mashang.people.models import Role
from visits import at_desk

pytestmark = pytest.mark.django_db
OUTBOX = "/desk/messages"


@pytest.fixture
def city():
    registry.register_scope("case", delivery.visible_to)
    return make_city()


def a_message(key, **changes):
    state = changes.pop("state", None)
    values = {
        "template": "password_link",
        "phone": "13900000001",
        "params": {"link": "http://127.0.0.1/p/secret"},
        "subject": "account:1",
    }
    queue([Draft(key=key, **{**values, **changes})])
    message = Message.objects.get(key=key)
    if state:
        Message.objects.filter(pk=message.pk).update(state=state, reason="422 空号")
    return message


def shown(browser, **query):
    return browser.get(OUTBOX, query).content.decode()


def test_the_operator_sees_every_message_and_no_number_link_or_code(city):
    case = a_filed(city).case
    a_message("one", state=MessageState.FAILED)
    page = shown(at_desk(city.operator))
    assert case.number in page
    assert "139****0001" in page
    assert "422 空号" in page
    assert "13900000001" not in page
    assert "secret" not in page


def test_a_dispatcher_sees_messages_about_their_cases_alone(city):
    mine = a_filed(city).case
    far = a_filed(city, place=city.far_village, code=None).case
    a_message("one")
    page = shown(at_desk(city.dispatcher))
    assert mine.number in page
    assert far.number not in page
    other = Message.objects.filter(subject=far.subject).first()
    assert at_desk(city.dispatcher).get(f"{OUTBOX}/{other.pk}").status_code == 404
    assert (
        at_desk(city.dispatcher).get(f"{OUTBOX}/{Message.objects.get(key='one').pk}").status_code
        == 404
    )


def test_a_sealed_matter_stays_unseen_by_those_it_may_concern(city):
    case = a_filed(city, is_sealed=True).case
    assert Message.objects.filter(subject=case.subject).exists()
    assert case.number not in shown(at_desk(city.dispatcher))


def test_searching_by_state_number_template_and_phone(city):
    case = a_filed(city).case
    a_message("failed", state=MessageState.FAILED)
    operator = at_desk(city.operator)
    assert case.number not in shown(operator, state="failed")
    assert "139****0001" not in shown(operator, number=case.number)
    assert case.number in shown(operator, number=case.number)
    assert case.number not in shown(operator, template="password_link")
    before = Record.objects.filter(kind="identity_search").count()
    page = shown(operator, phone="139 0000 0001")
    assert "139****0001" in page
    assert case.number not in page
    assert Record.objects.filter(kind="identity_search").count() == before + 1
    assert "13900000001" not in Record.objects.latest("seq").data
    assert operator.get(OUTBOX, {"phone": "12"}).status_code == 422
    assert operator.get(OUTBOX, {"number": "12"}).status_code == 422


def test_the_list_pages_and_costs_the_same_for_any_number(city, django_assert_max_num_queries):
    operator = at_desk(city.operator)
    a_message("m0")
    shown(operator)
    with django_assert_max_num_queries(20) as one:
        shown(operator)
    for number in range(1, 60):
        a_message(f"m{number}")
    with django_assert_max_num_queries(len(one)):
        page = shown(operator)
    assert page.count("139****0001") == 50
    older = Message.objects.get(key="m10").pk
    assert f"before={older}" in page
    assert shown(operator, before=older).count("139****0001") == 10


def test_one_message_tells_its_tries_in_the_providers_words(city):
    message = a_message("one", state=MessageState.FAILED)
    Attempt.objects.create(message=message, provider="aliyun", outcome="temporary", words="忙")
    page = at_desk(city.operator).get(f"{OUTBOX}/{message.pk}").content.decode()
    assert "aliyun：没发成，会再试" in page
    assert "忙" in page
    assert "〔链接〕" in page
    assert "secret" not in page


def test_the_desk_sees_duty_messages_that_reached_nobody(city):
    case = a_filed(city).case
    duty = Message.objects.filter(subject=case.subject, is_duty=True)
    dispatcher = at_desk(city.dispatcher)
    assert "没有送到" not in shown(dispatcher)
    duty.update(state=MessageState.FAILED, reason="MK:0004")
    a_message("elsewhere", state=MessageState.FAILED)
    assert "有 1 条值班短信没有送到" in shown(dispatcher)
    duty.update(state=MessageState.EXPIRED)
    page = shown(dispatcher)
    assert "有 1 条值班短信没有送到" in page
    [link] = re.findall(r'href="(\?state=[^"]+is_duty=on)"', page)
    page = dispatcher.get(f"{OUTBOX}{unescape(link)}").content.decode()
    assert page.count("MK:0004") == 1
    assert shown(dispatcher, state="failed").count("MK:0004") == 0


def test_a_dead_message_is_sent_again_and_a_waiting_one_cancelled(city):
    failed, queued = a_message("failed", state=MessageState.FAILED), a_message("queued")
    operator = at_desk(city.operator)
    page = operator.post(f"{OUTBOX}/{failed.pk}/retry", follow=True).content.decode()
    assert "已重新排队" in page
    operator.post(f"{OUTBOX}/{queued.pk}/abort")
    states = dict(Message.objects.values_list("key", "state"))
    assert states == {"failed": "queued", "queued": "aborted"}
    assert Record.objects.filter(kind__in=("message_retried", "message_aborted")).count() == 2
    assert operator.post(f"{OUTBOX}/{queued.pk}/explode").status_code == 400
    assert operator.get(f"{OUTBOX}/{queued.pk}/retry").status_code == 405


def test_the_providers_page_tells_sent_delivered_failed_lag_and_cost(
    city, django_assert_max_num_queries
):
    Provider.objects.create(
        code="one", name="第一通道", kind=ProviderKind.DEMO, purposes=["duty"], price=45
    )
    ProviderHealth.objects.create(
        provider="one", share=40, is_paused=False, words="503 忙", at=timezone.now()
    )
    now = timezone.now()
    for key, state in (("a", "sent"), ("b", "delivered"), ("c", "failed")):
        message = a_message(key)
        Message.objects.filter(pk=message.pk).update(
            state=state, provider="one", parts=2, reason="空号" if key == "c" else "",
            handed_at=now, sent_at=now + timedelta(seconds=1),
            delivered_at=now + timedelta(seconds=6) if key == "b" else None,
        )  # fmt: skip
    operator = at_desk(city.operator)
    operator.get(f"{OUTBOX}/providers")
    with django_assert_max_num_queries(18):
        page = operator.get(f"{OUTBOX}/providers").content.decode()
    for told in (
        "第一通道",
        "不稳，少发",
        "503 忙",
        "1.00 秒",
        "5 / 5 秒",
        "空号：1",
        "4 条，0.18 元",
    ):
        assert told in page
    assert operator.get(f"{OUTBOX}/providers?days=7").status_code == 200


def test_replies_that_belong_to_no_case_are_read_by_the_countys_dispatchers(city):
    reply = Inbound.objects.create(
        digest="d", provider="one", phone="13900000001", phone_index="x", words="你们在哪里办公",
        state="unmatched",
    )  # fmt: skip
    countys = someone("qu", "区派单", city.centre, Role.DISPATCHER)
    desk = at_desk(countys)
    page = desk.get(f"{OUTBOX}/replies").content.decode()
    assert "你们在哪里办公" in page
    assert "139****0001" in page
    assert "13900000001" not in page
    assert at_desk(city.dispatcher).get(f"{OUTBOX}/replies").status_code == 404
    assert at_desk(city.dispatcher).post(f"{OUTBOX}/replies/{reply.pk}").status_code == 404
    desk.post(f"{OUTBOX}/replies/{reply.pk}")
    assert "你们在哪里办公" not in desk.get(f"{OUTBOX}/replies").content.decode()
    assert Record.objects.filter(kind="reply_settled").count() == 1
