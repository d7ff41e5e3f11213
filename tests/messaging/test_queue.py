"""Putting messages into the outbox and taking them out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.messaging import lanes
from mashang.messaging.actions import abort, abort_message, forget_phone, queue, retry
from mashang.messaging.models import Inbound, Message, MessageState
from mashang.people.actors import SYSTEM, Staff
from mashang.people.models import Account

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in the city
LATE = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 23:30
EARLY = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # 04:00 on the 24th
MORNING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # 07:00 on the 24th


def test_any_number_of_messages_is_one_query(draft, django_assert_num_queries):
    drafts = [draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(20)]
    lanes.standing()  # the city's providers are kept for seconds
    with transaction.atomic(), django_assert_num_queries(1):
        queue(drafts)
    assert Message.objects.count() == 20


def test_nothing_to_queue_is_no_query(draft, django_assert_num_queries):
    with django_assert_num_queries(0):
        queue([])
        queue([draft(phone="09438221234")])


def test_a_key_is_queued_once(draft):
    queue([draft(phone="13900000001"), draft(phone="13900000002")])
    queue([draft(phone="13900000003")])
    assert [message.phone for message in Message.objects.all()] == ["13900000001"]


def test_messages_go_with_the_transaction_they_belong_to(draft):
    def file_and_fail():
        with transaction.atomic():
            queue([draft()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        file_and_fail()
    assert not Message.objects.exists()


def test_phone_and_values_are_sealed_at_rest(draft):
    queue([draft()])
    stored = Message.objects.extra(select={"p": "phone", "v": "params"}).values_list("p", "v").get()
    assert "13900000001" not in str(stored)
    assert "260000018" not in str(stored)
    assert Message.objects.get(phone_index=blind_index("13900000001")).params["due"] == "15:42"


@pytest.mark.parametrize("phone", ["09438221234", ""])
def test_a_residents_landline_is_passed_over(draft, phone):
    queue([draft(phone=phone)])
    assert not Message.objects.exists()


def test_a_duty_message_to_a_landline_is_not_lost_from_sight(draft):
    queue([draft(template="duty_new", phone="09438221234")])
    assert Message.objects.get().state == MessageState.QUEUED


def test_a_draft_with_a_fault_queues_nothing(draft):
    with pytest.raises(ValueError, match="caller"):
        queue(
            [draft(key="good"), draft(key="bad", params={"number": "1", "link": "x", "due": "y"})]
        )
    with pytest.raises(ValueError, match="too long"):
        queue([draft(key="k" * 121)])
    for key in ("", "键", "two\nlines"):
        with pytest.raises(ValueError, match="ASCII"):
            queue([draft(key=key)])
    assert not Message.objects.exists()


def test_in_production_a_fault_of_wording_costs_no_report(draft, caplog):
    params = dict(draft().params) | {"caller": "字" * 30, "words": "她说的话"}
    del params["due"]
    with override_settings(PRODUCTION=True):
        queue([draft(params=params)])
    stored = Message.objects.get().params
    assert stored["caller"] == "字" * 20
    assert stored["due"] == ""
    assert "words" not in stored
    assert "mended" in caplog.text


@time_machine.travel(NOON, tick=False)
def test_a_message_is_due_at_once_and_good_for_a_day(draft):
    queue([draft(), draft(key="short", valid_for=timedelta(minutes=10))])
    long, short = Message.objects.order_by("id")
    assert (long.next_attempt_at, long.expires_at) == (NOON, NOON + timedelta(hours=24))
    assert short.expires_at == NOON + timedelta(minutes=10)


@time_machine.travel(NOON, tick=False)
def test_not_before_moves_the_start_and_the_end(draft):
    queue([draft(not_before=NOON + timedelta(hours=2))])
    message = Message.objects.get()
    assert message.next_attempt_at == NOON + timedelta(hours=2)
    assert message.expires_at == NOON + timedelta(hours=26)


@pytest.mark.parametrize("now", [LATE, EARLY])
def test_residents_are_left_in_peace_until_seven(draft, now):
    with time_machine.travel(now, tick=False):
        queue([draft(template="extended", params=dict(draft().params) | {"days": "3"})])
    message = Message.objects.get()
    assert message.next_attempt_at == MORNING
    assert message.expires_at == MORNING + timedelta(hours=24)


@pytest.mark.parametrize("template", ["receipt", "duty_new"])
@pytest.mark.parametrize("now", [LATE, EARLY])
def test_receipts_and_duty_messages_go_at_any_hour(draft, now, template):
    with time_machine.travel(now, tick=False):
        queue([draft(template=template)])
    assert Message.objects.get().next_attempt_at == now


@pytest.mark.parametrize("minute", [0, 59])
def test_quiet_hours_begin_at_ten_sharp_and_end_at_seven_sharp(draft, minute):
    evening = datetime(2026, 11, 23, 13 if minute else 14, minute, tzinfo=UTC)
    with time_machine.travel(evening, tick=False):
        queue([draft(template="answered")])
    expected = evening if minute else MORNING
    assert Message.objects.get().next_attempt_at == expected


def test_abort_cancels_what_waits_about_a_subject(draft, django_assert_num_queries):
    queue([draft(key="a"), draft(key="b", template="duty_new"), draft(key="c", subject="case:2")])
    Message.objects.filter(key="a").update(state=MessageState.SENT)
    with django_assert_num_queries(1):
        assert abort("case:1") == 1
    assert dict(Message.objects.values_list("key", "state")) == {
        "a": "sent",
        "b": "aborted",
        "c": "queued",
    }


def test_abort_may_name_templates(draft):
    queue([draft(key="a"), draft(key="b", template="duty_new")])
    assert abort(subject="case:1", templates=["duty_new"], reason="已撤回") == 1
    assert Message.objects.get(state=MessageState.ABORTED).reason == "已撤回"


@pytest.fixture
def operator():
    account = Account.objects.create_user("li", name="李操作", phone="13900000009")
    return Staff(account)


@pytest.mark.parametrize("state", ["failed", "expired", "withheld", "aborted"])
def test_a_person_may_have_a_dead_message_sent_again(draft, operator, state):
    queue([draft()])
    Message.objects.update(state=state, attempts=9, expires_at=timezone.now())
    retry(Message.objects.get(), by=operator)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("queued", 0)
    assert "李操作" in message.reason
    assert message.expires_at > timezone.now() + timedelta(hours=23)


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "delivered"])
def test_what_is_on_its_way_or_sent_is_not_sent_again(draft, operator, state):
    queue([draft()])
    Message.objects.update(state=state)
    with pytest.raises(Refused):
        retry(Message.objects.get(), by=operator)
    assert Message.objects.get().state == state


def test_one_waiting_message_can_be_cancelled_and_a_sent_one_not(draft, operator):
    queue([draft(key="a"), draft(key="b")])
    Message.objects.filter(key="b").update(state=MessageState.SENT)
    abort_message(Message.objects.get(key="a"), by=operator)
    with pytest.raises(Refused):
        abort_message(Message.objects.get(key="b"), by=operator)
    with pytest.raises(Refused):
        abort_message(Message.objects.get(key="a"), by=SYSTEM)
    assert dict(Message.objects.values_list("key", "state")) == {"a": "aborted", "b": "sent"}


def test_an_erased_resident_leaves_no_number_and_gets_no_more(draft):
    queue(
        [draft(key="a"), draft(key="b"), draft(key="d", template="duty_new", phone="13911112222")]
    )
    queue([draft(key="other", subject="case:2")])
    Message.objects.filter(key="a").update(state=MessageState.SENT)
    index = blind_index("13900000001")
    for state, subject in (("attached", "case:1"), ("unmatched", "case:1"), ("attached", "case:2")):
        Inbound.objects.create(
            digest=state + subject, provider="one", phone="13900000001", phone_index=index,
            words="我是王小明", state=state, subject=subject,
        )  # fmt: skip
    assert forget_phone("13900000001", subject="case:1") == 2
    rows = {m.key: (m.state, m.phone, m.params.get("number")) for m in Message.objects.all()}
    assert rows == {
        "a": ("sent", "", None),
        "b": ("aborted", "", None),
        "d": ("queued", "13911112222", "260000018"),
        "other": ("queued", "13900000001", "260000018"),
    }
    replies = Inbound.objects.order_by("pk")
    assert [(r.state, r.subject, r.phone, r.phone_index, r.words) for r in replies] == [
        ("attached", "case:1", "", "", ""),
        ("done", "case:1", "", "", ""),
        ("attached", "case:2", "13900000001", index, "我是王小明"),
    ]
