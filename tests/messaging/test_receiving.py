"""What providers tell of deliveries: once, in any order, from nobody else."""

import hashlib
import hmac
import json
import time
from concurrent.futures import wait
from datetime import timedelta

import pytest
from django.db.models.expressions import RawSQL
from django.test import Client, override_settings
from django.utils import timezone

from mashang.core import cached
from mashang.messaging import lanes, receiving, senders
from mashang.messaging.actions import queue
from mashang.messaging.models import Attempt, DoNotSend, Inbound, Message, Provider, Receipt
from mashang.messaging.receiving import settle_receipts, settle_replies, token_of
from mashang.messaging.registry import register_failure, register_reply
from mashang.messaging.senders import Heard, Report
from mashang.messaging.sending import send_due

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-the-gateway"


@pytest.fixture
def gateway():
    Provider.objects.create(
        code="one", name="网关", kind="gateway", purposes=["resident", "duty"],
        options={"url": "http://127.0.0.1:9"},
    )  # fmt: skip
    cached.forget_all()
    with override_settings(PROVIDER_SECRETS={"ONE_SECRET": SECRET}):
        yield "one"


@pytest.fixture
def sent(draft):
    def make(key, state="sent", **changes):
        queue([draft(key=key, **changes)])
        values = {"provider": "one", "provider_reference": f"ref-{key}", "sent_at": timezone.now()}
        if state != "sent":
            values |= {"provider_reference": "", "sent_at": None}
        Message.objects.filter(key=key).update(state=state, **values)
        return Message.objects.get(key=key)

    return make


def post(provider, content, *, secret=SECRET, stamp=None, token=None):
    body = json.dumps(content).encode()
    stamp = str(int(time.time())) if stamp is None else stamp
    signature = hmac.new(secret.encode(), stamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()
    return Client(enforce_csrf_checks=True).post(
        f"/messages/receipts/{provider}/{token or token_of(provider)}",
        body,
        content_type="application/json",
        headers={"X-Mashang-Timestamp": stamp, "X-Mashang-Signature": signature},
    )


def told(key, delivered=True, **more):
    return {"reports": [{"key": key, "reference": f"ref-{key}", "delivered": delivered, **more}]}


def state(key):
    return Message.objects.get(key=key).state


class TestTheAddress:
    def test_answers_at_once_and_the_worker_settles(
        self, gateway, sent, django_assert_max_num_queries
    ):
        sent("k")
        lanes.in_use()
        with django_assert_max_num_queries(3):
            assert post(gateway, told("k")).status_code == 200
        assert state("k") == "sent"
        assert settle_receipts() == 1
        message = Message.objects.get(key="k")
        assert message.state == "delivered"
        assert message.delivered_at is not None

    def test_is_there_for_nobody_who_does_not_know_it(self, gateway, sent):
        sent("k")
        assert post(gateway, told("k"), token="0" * 32).status_code == 404
        assert post("two", told("k"), token=token_of("two")).status_code == 404
        assert Client().get(f"/messages/receipts/one/{token_of('one')}").status_code == 405

    def test_refuses_what_is_not_signed_or_signed_long_ago(self, gateway, sent):
        sent("k")
        assert post(gateway, told("k"), secret="another").status_code == 400
        long_ago = str(int(time.time()) - 600)
        assert post(gateway, told("k"), stamp=long_ago).status_code == 400
        assert post(gateway, [1]).status_code == 400
        assert not Receipt.objects.exists()

    def test_a_replay_and_a_duplicate_change_nothing(self, gateway, sent):
        sent("k")
        for _time in range(3):
            assert post(gateway, told("k")).status_code == 200
        assert Receipt.objects.count() == 1
        settle_receipts()
        at = Message.objects.get(key="k").delivered_at
        post(gateway, told("k"))
        assert settle_receipts() == 0
        assert Message.objects.get(key="k").delivered_at == at


class TestSettling:
    def test_not_delivered_fails_in_the_providers_words_and_the_next_person_hears(
        self, gateway, sent
    ):
        heard = []
        register_failure(lambda message: heard.append((message.key, message.reason)))
        sent("k", template="duty_new")
        post(gateway, told("k", delivered=False, reason="MK:0004 13900000001 停机"))
        settle_receipts()
        assert state("k") == "failed"
        assert heard == [("k", "MK:0004 139****0001 停机")]
        assert Attempt.objects.get().outcome == "undelivered"

    def test_where_the_next_person_cannot_be_told_now_it_is_tried_again(self, gateway, sent):
        heard = []

        def tell_next(message):
            heard.append(message.key)
            if len(heard) == 1:
                raise RuntimeError

        register_failure(tell_next)
        sent("k", template="duty_new")
        post(gateway, told("k", delivered=False))
        assert settle_receipts() == 0
        assert (state("k"), Attempt.objects.count()) == ("sent", 0)
        assert settle_receipts() == 1
        assert (state("k"), heard) == ("failed", ["k", "k"])

    def test_once_delivered_it_stays_so(self, gateway, sent):
        sent("k")
        post(gateway, told("k"))
        settle_receipts()
        post(gateway, told("k", delivered=False))
        settle_receipts()
        assert state("k") == "delivered"

    def test_a_receipt_before_the_answer_settles_what_is_still_being_sent(self, gateway, sent):
        sent("k", state="sending")
        post(gateway, told("k"))
        settle_receipts()
        message = Message.objects.get(key="k")
        assert (message.state, message.provider_reference) == ("delivered", "ref-k")
        assert message.sent_at is not None

    def test_by_reference_alone_it_waits_for_the_answer(self, sent):
        sent("k", state="sending")
        receiving.take("one", Heard([Report(is_delivered=True, reference="ref-k")]))
        assert settle_receipts() == 0
        Message.objects.update(state="sent", provider_reference="ref-k")
        assert settle_receipts() == 1
        assert state("k") == "delivered"

    def test_of_what_nobody_sent_it_is_put_aside_after_a_while(self, sent):
        sent("k")
        receiving.take("one", Heard([Report(is_delivered=True, reference="other")]))
        receiving.take("two", Heard([Report(is_delivered=True, key="k", reference="ref-k")]))
        assert settle_receipts() == 0
        Receipt.objects.update(received_at=timezone.now() - timedelta(minutes=16))
        assert settle_receipts() == 2
        assert state("k") == "sent"
        assert not Receipt.objects.filter(is_matched=True).exists()

    def test_an_unknown_outcome_is_known_after_all(self, sent):
        sent("k", state="failed")
        Message.objects.update(reason="结果不明")
        receiving.take("one", Heard([Report(is_delivered=True, key="k", reference="ref-k")]))
        settle_receipts()
        assert state("k") == "delivered"


class Line:
    """A provider with an open line, which tells each thing once."""

    uses_network = True

    def __init__(self):
        self.has = []
        self.is_open = False

    def poll(self):
        self.is_open = True
        return self._taken()

    def _taken(self):
        found, self.has = self.has, []
        return Heard(found)

    def close(self):
        self.is_open = False
        return self._taken()


def polled():
    """Ask and take, as the worker does in two rounds."""
    receiving.poll()
    wait(receiving._polls.values(), timeout=5)
    return receiving.poll()


class TestPolling:
    @pytest.fixture
    def line(self, monkeypatch):
        lines = {}
        monkeypatch.setattr(receiving, "_polls", {})
        monkeypatch.setattr(
            senders, "make", lambda provider: lines.setdefault(provider.name, Line())
        )
        self.make("first")
        lanes.in_use()
        return lines

    def make(self, name, **changes):
        Provider.objects.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
        Provider.objects.create(code="one", name=name, kind="smpp", **changes)
        cached.forget_all()

    def test_what_could_not_be_stored_is_stored_in_the_next_round(self, line, monkeypatch):
        line["first"].has = [Report(is_delivered=True, reference="r")]
        receiving.poll()
        wait(receiving._polls.values(), timeout=5)
        with monkeypatch.context() as broken:
            broken.setattr(receiving, "take", lambda *_told: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                receiving.poll()
        assert receiving.poll() == 1
        assert Receipt.objects.get().reference == "r"

    @pytest.mark.parametrize("changes", [{}, {"is_enabled": False}])
    def test_a_line_whose_provider_was_changed_is_closed_with_what_it_brought(self, line, changes):
        polled()
        self.make("second", **changes)
        line["first"].has = [Report(is_delivered=True, reference="r")]
        polled()
        assert not line["first"].is_open
        assert Receipt.objects.get().reference == "r"
        assert [lane.provider.name for lane in lanes.made()] == ["second"] * (not changes)

    def test_a_worker_that_ends_takes_what_the_line_brought(self, line):
        receiving.poll()
        line["first"].has = [Report(is_delivered=True, reference="r")]
        receiving.finish()
        assert not line["first"].is_open
        assert Receipt.objects.get().reference == "r"


class TestReplies:
    def test_each_is_stored_once_and_sealed_and_handed_on(self, gateway):
        seen = []

        def attach(reply):
            seen.append(reply.words)
            reply.subject = "case:1"
            return "记入事项"

        register_reply(attach)
        reply = {"reference": "r1", "phone": "13900000001", "text": "灯修好了"}
        for _time in range(2):
            post(gateway, {"replies": [reply]})
        settle_replies()
        assert settle_replies() == 0
        assert seen == ["灯修好了"]
        stored = Inbound.objects.get()
        assert (stored.state, stored.subject, stored.outcome) == ("attached", "case:1", "记入事项")
        raw = Inbound.objects.extra(select={"w": "words", "p": "phone"}).values_list("w", "p").get()
        assert "灯修好了" not in str(raw)
        assert "13900000001" not in str(raw)

    def test_what_nobody_can_attach_is_kept_for_a_person(self, gateway):
        post(gateway, {"replies": [{"reference": "r", "phone": "13900000001", "text": "你好"}]})
        settle_replies()
        assert Inbound.objects.get().state == "unmatched"

    def test_one_that_breaks_or_cannot_be_read_holds_up_no_other(self, gateway):
        def attach(reply):
            if reply.words == "坏的":
                raise RuntimeError
            return "记入事项"

        register_reply(attach)
        for number, text in enumerate(["改过的", "坏的", "好的"]):
            reply = {"reference": str(number), "phone": "13900000001", "text": text}
            post(gateway, {"replies": [reply]})
        altered = Inbound.objects.order_by("pk").first()
        Inbound.objects.filter(pk=altered.pk).update(words=RawSQL("'altered'", ()))
        assert settle_replies() == 3
        states = Inbound.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["done", "unmatched", "attached"]
        assert settle_replies() == 0

    @pytest.mark.parametrize(
        ("words", "is_stop"),
        [("T", True), ("ｔｄ ", True), ("退订", True), ("N", False), ("取消", False), ("1", False)],
    )
    def test_only_what_can_be_no_answer_stops_notices(self, gateway, words, is_stop):
        post(gateway, {"replies": [{"reference": "r", "phone": "13900000001", "text": words}]})
        settle_replies()
        assert DoNotSend.objects.exists() is is_stop

    def test_who_wants_no_more_gets_no_notices_but_answers_to_what_they_do(self, gateway, draft):
        post(gateway, {"replies": [{"reference": "r", "phone": "13900000001", "text": " 退订 "}]})
        settle_replies()
        assert DoNotSend.objects.count() == 1
        cached.forget_all()
        Provider.objects.update(kind="demo")
        lanes.forget()
        cached.forget_all()
        params = dict(draft().params)
        queue([draft(key="notice", template="answered", params=params), draft(key="receipt")])
        Message.objects.update(next_attempt_at=timezone.now() - timedelta(hours=1))
        while send_due():
            pass
        found = Message.objects.get(key="notice")
        assert (found.state, found.reason) == ("withheld", "这个号码在不要发短信的名单上")
        assert state("receipt") == "sent"
