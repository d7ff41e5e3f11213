"""The gateway sender against a server that really listens, and counts without deduping."""

import json
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from mashang.core import cached
from mashang.messaging import lanes, sending
from mashang.messaging.actions import queue
from mashang.messaging.breaker import Breaker
from mashang.messaging.models import Message, Template
from mashang.messaging.rescuing import rescue_stuck
from mashang.messaging.senders import (
    UNKNOWN,
    Demo,
    Gateway,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
    current_sender,
)
from mashang.messaging.sending import send_due

KEY = "a-gateway-key-for-tests"
ONE = Parcel(
    "case:1:receipt:1:r", "13900000001", "【码上办】您好", "receipt", {"number": "260000018"}
)


def test_the_settings_choose_the_sender():
    assert isinstance(current_sender(), Demo)
    names = {"SMS_GATEWAY_URL": "https://sms.example", "SMS_GATEWAY_KEY": KEY}
    with override_settings(SMS_SENDER="gateway", **names):
        assert isinstance(current_sender(), Gateway)
        assert current_sender() is current_sender()


def test_a_message_arrives_signed_with_all_that_a_provider_needs(gateway, sender):
    assert sender.send(ONE) == "ref-case:1:receipt:1:r"
    assert gateway.received == [
        {
            "key": "case:1:receipt:1:r",
            "phone": "13900000001",
            "text": "【码上办】您好",
            "template": "receipt",
            "params": {"number": "260000018"},
        }
    ]


@pytest.mark.parametrize("key", ["case:1:receipt:1:r", "a/b?c=d&e", "a b", "%3A"])
def test_an_accepted_message_is_found_by_its_key_and_another_is_not(sender, key):
    one = replace(ONE, key=key)
    assert sender.was_accepted(one) is None
    sender.send(one)
    assert sender.was_accepted(one) == f"ref-{key}"


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403, 404, 408])
def test_trouble_that_is_not_the_messages_is_temporary(gateway, sender, status):
    gateway.behave = lambda key: status
    with pytest.raises(TemporaryFailure, match=str(status)):
        sender.send(ONE)


@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_refused_message_is_permanent_with_the_providers_reason(gateway, sender, status):
    gateway.behave = lambda key: status
    with pytest.raises(PermanentFailure, match=f"{status} 没有这个号码"):
        sender.send(ONE)


@pytest.mark.parametrize("status", [409, 502, 504, 302])
def test_an_answer_that_may_hide_an_acceptance_is_unknown(gateway, sender, status):
    gateway.behave = lambda key: status
    with pytest.raises(OutcomeUnknown):
        sender.send(ONE)


def test_success_without_a_reference_is_not_believed(gateway, sender):
    gateway.behave = lambda key: 200
    with pytest.raises(OutcomeUnknown):
        sender.send(ONE)


def test_a_connection_lost_after_the_request_is_unknown(gateway, sender):
    gateway.behave = lambda key: "lose"
    with pytest.raises(OutcomeUnknown):
        sender.send(ONE)


def test_no_answer_in_time_is_unknown(gateway):
    gateway.behave = lambda key: "hang"
    with pytest.raises(OutcomeUnknown, match="TimeoutError"):
        Gateway(gateway.url, KEY, seconds=0.1).send(ONE)


def test_nobody_listening_is_temporary():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = Gateway(f"http://127.0.0.1:{taken.getsockname()[1]}", KEY)
        with pytest.raises(TemporaryFailure):
            sender.send(ONE)
        with pytest.raises(TemporaryFailure):
            sender.was_accepted(ONE)


@pytest.mark.parametrize("status", [404, 501, 410, 200])
def test_a_look_up_that_says_nothing_clear_is_unknown(gateway, sender, status):
    gateway.look_up = lambda key: status
    assert sender.was_accepted(ONE) is UNKNOWN


@pytest.mark.parametrize("status", [500, 502, 503, 401, 429])
def test_a_look_up_that_fails_may_be_repeated(gateway, sender, status):
    gateway.look_up = lambda key: status
    with pytest.raises(TemporaryFailure):
        sender.was_accepted(ONE)


# The outbox on top of it ---------------------------------------------------------------------


def drain(sender):
    """All rounds, and what a round did not wait for on a slow machine."""
    while send_due(sender):
        sending.finish()


def a_minute_passes():
    then = timezone.now() - timedelta(seconds=61)
    Message.objects.filter(state="sending").update(claimed_at=then)
    Message.objects.filter(state="queued").update(next_attempt_at=timezone.now())


def states():
    return dict(Message.objects.values_list("key", "state"))


@pytest.fixture
def long_pause(monkeypatch):
    """A pause that no slow machine outlasts between two lines of a test."""
    monkeypatch.setattr(Breaker, "FIRST_PAUSE", 600.0)
    monkeypatch.setattr(Breaker, "LONGEST_PAUSE", 600.0)


@pytest.fixture
def many(draft, monkeypatch):
    monkeypatch.setattr(sending, "THREADS", 16)

    def fill(count):
        queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(count)])

    return fill


@pytest.mark.django_db
class TestTheOutbox:
    def test_sends_each_message_once_with_its_own_reference(self, gateway, sender, many):
        many(50)
        drain(sender)
        assert gateway.accepted == {f"k{n}": 1 for n in range(50)}
        references = dict(Message.objects.values_list("key", "provider_reference"))
        assert references == {f"k{n}": f"ref-k{n}" for n in range(50)}

    def test_sends_the_rendered_text_and_the_operators_template_number(
        self, gateway, sender, draft
    ):
        Template.objects.create(code="receipt", body="收到{number}。", provider_code="SMS_7")
        cached.forget_all()
        queue([draft()])
        drain(sender)
        [message] = gateway.received
        assert (message["text"], message["template"]) == ("【码上办】收到260000018。", "SMS_7")
        assert message["params"]["number"] == "260000018"

    def test_answers_lost_after_acceptance_double_nothing(self, gateway, sender, many):
        gateway.behave = lambda key: "lose" if int(key[1:]) % 3 == 0 else "accept"
        many(30)
        for _minute in range(5):
            drain(sender)
            lanes.of(sender).breaker.succeeded()
            a_minute_passes()
            rescue_stuck(sender)
        assert gateway.accepted == {f"k{n}": 1 for n in range(30)}
        assert set(states().values()) == {"sent"}

    def test_requests_that_never_arrived_are_made_again(self, gateway, sender, many):
        refusals = {f"k{n}": 2 for n in range(0, 30, 4)}

        def behave(key):
            if refusals.get(key):
                refusals[key] -= 1
                return 502
            return "accept"

        gateway.behave = behave
        many(30)
        for _minute in range(5):
            drain(sender)
            lanes.of(sender).breaker.succeeded()
            a_minute_passes()
            rescue_stuck(sender)
        assert gateway.accepted == {f"k{n}": 1 for n in range(30)}
        assert set(states().values()) == {"sent"}

    def test_an_outage_is_left_alone_and_then_everything_goes_out_once(
        self, gateway, many, long_pause
    ):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            down = Gateway(f"http://127.0.0.1:{nobody.getsockname()[1]}", KEY)
            many(40)
            assert send_due(down) == sending.THREADS
            while send_due(down):  # what was still under way comes back
                pass
            assert set(states().values()) == {"queued"}
        a_minute_passes()
        drain(Gateway(gateway.url, KEY))
        assert gateway.accepted == {f"k{n}": 1 for n in range(40)}

    def test_refused_messages_fail_and_the_others_go_out(self, gateway, sender, many):
        gateway.behave = lambda key: 422 if key == "k3" else "accept"
        many(8)
        drain(sender)
        assert {key for key, state in states().items() if state == "failed"} == {"k3"}
        assert Message.objects.get(key="k3").reason == "422 没有这个号码"
        assert gateway.accepted == {f"k{n}": 1 for n in range(8) if n != 3}

    def test_a_gateway_that_hangs_holds_the_worker_up_no_longer_than_its_time(
        self, gateway, many, monkeypatch, long_pause
    ):
        gateway.behave = lambda key: "hang"
        monkeypatch.setattr(sending, "ANSWER_WITHIN", 0.1)
        many(40)
        patient = Gateway(gateway.url, KEY, seconds=5)
        assert send_due(patient) == sending.THREADS
        assert send_due(patient) == 0  # the breaker is open
        held = [key for key, state in states().items() if state == "sending"]
        assert len(held) == sending.THREADS
        gateway.freed.set()
        gateway.behave = lambda key: "accept"
        lanes.of(patient).breaker.succeeded()
        a_minute_passes()
        rescue_stuck(patient)
        monkeypatch.setattr(sending, "ANSWER_WITHIN", 12.0)
        drain(patient)
        a_minute_passes()
        rescue_stuck(patient)
        drain(patient)
        assert gateway.accepted == {f"k{n}": 1 for n in range(40)}
        assert set(states().values()) == {"sent"}

    def test_the_key_goes_along_so_that_a_gateway_may_dedupe(self, gateway, sender, draft):
        seen = []
        gateway.check = lambda handler, body: seen.append(
            (handler.headers["Idempotency-Key"], json.loads(body)["key"])
        )
        queue([draft(key="only")])
        drain(sender)
        assert seen == [("only", "only")]
