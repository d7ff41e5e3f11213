"""What cases tell the outbox: is a message still right, and who is told when one fails."""

from datetime import UTC, datetime, timedelta

import pytest

from builders import a_filed, requester_of, staff
from mashang.cases.actions import climbing
from mashang.cases.actions.delivery import no_longer_right, tell_the_next
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.messaging.models import Message, MessageState
from mashang.people.models import Shift

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def outbox(template: str) -> Message:
    return Message.objects.filter(template=template).latest("id")


def fail(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED, reason="空号")
    message.refresh_from_db()
    tell_the_next(message)


def test_a_new_order_is_sent_while_it_waits(city):
    a_filed(city)
    assert no_longer_right(list(Message.objects.all())) == {}


def test_a_new_order_is_not_sent_once_withdrawn(city):
    filed = a_filed(city)
    advance(filed.case, "withdraw", by=requester_of(filed))
    assert no_longer_right([outbox("duty_new")]) == {outbox("duty_new").pk: "已有人接手或已撤回"}
    assert no_longer_right([outbox("receipt")]) == {}


def test_a_warning_is_not_sent_once_the_call_was_made(city):
    case = a_filed(city, at=NOON).case
    climbing.look_at_due(at=NOON + timedelta(minutes=20))
    warning = outbox("contact_warning")
    assert no_longer_right([warning]) == {}
    advance(case, "contact_reached", by=staff(city.zhang), at=NOON + timedelta(minutes=21))
    assert no_longer_right([warning]) == {warning.pk: "时限已经结束"}


def test_a_duty_sms_that_fails_goes_to_the_next_person_until_the_unit_above(city):
    case = a_filed(city).case
    followers = []
    message = outbox("duty_new")
    for _round in range(3):
        fail(message)
        message = outbox("duty_failed")
        followers.append(Case.objects.get(pk=case.pk).assignee)
    assert followers == [city.li, city.lead, city.dispatcher]
    assert message.phone == city.dispatcher.phone
    assert case.entries.filter(move="sms_failed").count() == 3


def test_when_nobody_is_left_the_failure_stands_in_the_case(city):
    Shift.objects.all().delete()
    city.yihe_unit.parent = None
    city.yihe_unit.save()
    case = a_filed(city).case
    fail(outbox("duty_new"))
    assert case.entries.filter(move="sms_failed").count() == 1
    assert not Message.objects.filter(template="duty_failed").exists()


def test_a_failed_receipt_is_written_down_and_disturbs_nobody(city):
    case = a_filed(city).case
    fail(outbox("receipt"))
    assert case.entries.latest("seq").data == {"template": "receipt", "reason": "空号"}
    assert Case.objects.get(pk=case.pk).assignee == city.zhang


def test_the_sms_to_somebody_who_was_replaced_is_not_sent(city):
    a_filed(city)
    first = outbox("duty_new")
    fail(first)
    assert no_longer_right([first]) == {first.pk: "已改派他人"}
