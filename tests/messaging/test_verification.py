"""Codes that prove a phone: how often, how long, how many tries, and for what."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from mashang.messaging.actions import queue
from mashang.messaging.models import Message, MessageState, VerificationCode
from mashang.messaging.sending import send_due
from mashang.messaging.verification import TooMany, check_code, forget_old, send_code

pytestmark = pytest.mark.django_db
PHONE, PURPOSE = "13900000001", "track:12"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def ask(phone=PHONE, purpose=PURPOSE):
    """Ask for a code and read it on the phone."""
    send_code(phone, purpose=purpose)
    return Message.objects.order_by("id").last().params["code"]


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


def full_width(code):
    return "".join(chr(ord(digit) + 0xFEE0) for digit in code)


def test_the_code_goes_by_sms_and_only_its_digest_is_kept(clock):
    code = ask()
    assert len(code) == 6
    assert code.isdigit()
    row = VerificationCode.objects.get()
    assert code not in row.digest
    message = Message.objects.get()
    assert (message.phone, message.template) == (PHONE, "verification")
    assert message.expires_at == NOON + timedelta(minutes=10)
    send_due()
    assert Message.objects.get().state == MessageState.SENT


def test_the_right_code_is_right_once(clock):
    code = ask()
    assert check_code(PHONE, purpose=PURPOSE, typed=code)
    assert not check_code(PHONE, purpose=PURPOSE, typed=code)


@pytest.mark.parametrize("change", [full_width, lambda c: f" {c[:3]} {c[3:]} "])
def test_codes_are_read_as_people_type_them(clock, change):
    assert check_code(PHONE, purpose=PURPOSE, typed=change(ask()))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３", "'; --", "٣٣٣٣٣٣"])
def test_what_cannot_be_a_code_costs_no_try(clock, typed):
    ask()
    assert not check_code(PHONE, purpose=PURPOSE, typed=typed)
    assert VerificationCode.objects.get().tries_left == 5


def test_a_code_opens_only_its_purpose_and_its_phone(clock):
    code = ask()
    assert not check_code(PHONE, purpose="track:13", typed=code)
    assert not check_code("13900000002", purpose=PURPOSE, typed=code)
    assert check_code(PHONE, purpose=PURPOSE, typed=code)


def test_the_fifth_try_may_succeed_and_the_sixth_not(clock):
    code = ask()
    for _try in range(4):
        assert not check_code(PHONE, purpose=PURPOSE, typed=wrong(code))
    assert check_code(PHONE, purpose=PURPOSE, typed=code)

    clock.shift(61)
    code = ask()
    for _try in range(5):
        assert not check_code(PHONE, purpose=PURPOSE, typed=wrong(code))
    assert not check_code(PHONE, purpose=PURPOSE, typed=code)


def test_a_code_is_good_for_ten_minutes(clock):
    code = ask()
    clock.move_to(NOON + timedelta(minutes=10))
    assert not check_code(PHONE, purpose=PURPOSE, typed=code)
    clock.move_to(NOON + timedelta(minutes=9, seconds=59))
    assert check_code(PHONE, purpose=PURPOSE, typed=code)


def test_a_slow_sms_does_no_harm_either_code_is_good_and_then_none(clock):
    first = ask()
    clock.shift(61)
    second = ask()
    assert check_code(PHONE, purpose=PURPOSE, typed=first)
    assert not check_code(PHONE, purpose=PURPOSE, typed=second)


def test_one_a_minute(clock):
    ask()
    clock.shift(20)
    with pytest.raises(TooMany) as refusal:
        ask()
    assert refusal.value.wait_seconds in (40, 41)
    ask("13900000002")
    clock.shift(41)
    ask()
    assert Message.objects.count() == 3


def test_whatever_the_purpose(clock):
    ask(purpose="track:1")
    with pytest.raises(TooMany):
        ask(purpose="track:2")


def test_five_an_hour(clock):
    for _code in range(5):
        ask()
        clock.shift(120)
    with pytest.raises(TooMany) as refusal:
        ask()
    assert refusal.value.wait_seconds in (3000, 3001)
    clock.shift(3001)
    ask()


def test_ten_a_day(clock):
    for _code in range(10):
        ask()
        clock.shift(3600)
    with pytest.raises(TooMany) as refusal:
        ask()
    assert refusal.value.wait_seconds in (14 * 3600, 14 * 3600 + 1)
    clock.shift(14 * 3600 + 1)
    ask()


def test_a_code_of_a_request_that_read_its_clock_later_counts(clock):
    ask()
    clock.shift(-0.001)
    with pytest.raises(TooMany) as refusal:
        ask()
    assert refusal.value.wait_seconds in (60, 61)


def test_a_clock_set_back_does_not_lock_a_phone_out(clock):
    ask()
    clock.move_to(NOON - timedelta(days=1))
    assert check_code(PHONE, purpose=PURPOSE, typed=ask())


def test_old_codes_and_the_numbers_they_went_to_are_forgotten(clock, draft):
    queue([draft(phone=PHONE)])
    ask()
    clock.shift(86400)
    ask()
    clock.shift(86401)
    assert forget_old() == 1
    assert VerificationCode.objects.count() == 1
    messages = Message.objects.order_by("id")
    assert [message.phone for message in messages] == [PHONE, "", PHONE]
    assert "code" not in messages[1].params
    clock.shift(61)
    ask()


def test_staff_open_orders_with_a_duty_message(clock):
    send_code(PHONE, purpose="order:5", template="order_code")
    message = Message.objects.get()
    assert message.is_duty
    assert check_code(PHONE, purpose="order:5", typed=message.params["code"])


def test_an_english_reader_gets_an_english_sms(clock):
    send_code(PHONE, purpose=PURPOSE, language="en")
    assert Message.objects.get().language == "en"


def test_codes_come_at_night_too():
    with time_machine.travel(datetime(2026, 11, 23, 18, 0, tzinfo=UTC), tick=False):
        ask()
        assert Message.objects.get().next_attempt_at == timezone.now()
