"""The channels beside SMS against servers that speak their protocols."""

import email
import email.policy
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from fake_offices import FakeDing, FakeMail, FakePush, FakeWecom
from fake_providers import nowhere, running
from mashang.messaging.senders import (
    UNKNOWN,
    Account,
    AddressGone,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.senders.dingtalk import DingApp, DingGroup
from mashang.messaging.senders.push import Push
from mashang.messaging.senders.smtp import Smtp
from mashang.messaging.senders.webpush import HOSTS, is_allowed, public_key
from mashang.messaging.senders.wecom import WecomApp, WecomGroup
from mashang.operations.keys import push_key

TEXT = "【码上办】新诉求260000018（颐和社区），请在15:42前处理。"
GROUPS = [
    (FakeWecom, WecomGroup, {"key": "robot-key"}),
    (FakeDing, DingGroup, {"token": "robot-key", "secret": "SECrobot"}),
]
APPS = [(FakeWecom, WecomApp), (FakeDing, DingApp)]


def parcel(**address):
    return Parcel("case:1:nudge", "", TEXT, "nudge_new", {}, address=address)


def account(fake, **options):
    places = {"url": f"http://{fake.address}", "agent": 1000002, **options}
    return Account("one", places, fake.key, fake.secret, seconds=0.5)


@contextmanager
def raises(failure, words=None):
    """Exactly this failure, and none of the keys in its words."""
    with pytest.raises(failure, match=words) as raised:
        yield
    assert raised.type is failure
    said = str(raised.value)
    assert not any(word in said for word in ("robot-key", "SECrobot", "corp-secret", "t1", "1.2.3"))


@pytest.mark.parametrize(("kind", "adapter", "address"), GROUPS)
def test_a_group_robot(kind, adapter, address):
    with running(kind) as fake:
        sender = adapter(account(fake))
        assert sender.send(parcel(**address)) == ""
        assert list(fake.messages) == [TEXT]
        assert sender.was_accepted(parcel()) is UNKNOWN
        fake.fresh()
        gone = parcel(**{**address, "key": "another", "token": "another"})
        with raises(AddressGone, "93000|300005"):
            sender.send(gone)
        for code in (-1, 45009 if kind is FakeWecom else 130101):
            fake.refuse = code
            with raises(TemporaryFailure, f"^{code} why$"):
                sender.send(parcel(**address))
        fake.refuse = 40008
        with raises(PermanentFailure, "^40008"):
            sender.send(parcel(**address))
        fake.refuse, fake.status = 0, 503
        with raises(TemporaryFailure, "HTTP 503"):
            sender.send(parcel(**address))
        fake.status = 200  # an answer that is none of theirs
        with raises(OutcomeUnknown):
            sender.send(parcel(**address))
        fake.fresh()
        for deed in ("lose", "hang"):
            fake.deed = lambda key, deed=deed: deed
            with raises(OutcomeUnknown):
                sender.send(parcel(**address))
    with raises(TemporaryFailure, "no connection"):
        adapter(account(fake, url=f"http://{nowhere()}")).send(parcel(**address))


def test_a_wrong_signature_is_told_apart_from_a_wrong_clock(monkeypatch):
    with running(FakeDing) as fake:
        sender = DingGroup(account(fake))
        with raises(AddressGone, "310000 sign not match"):
            sender.send(parcel(token="robot-key", secret="SECother"))
        assert fake.refused_signatures == 1
        monkeypatch.setattr("mashang.messaging.senders.dingtalk.time.time_ns", lambda: 10**18)
        with raises(TemporaryFailure, "timestamp"):
            sender.send(parcel(token="robot-key", secret="SECrobot"))


@pytest.mark.parametrize(("kind", "adapter"), APPS)
def test_an_application_s_messages_and_its_token(kind, adapter):
    with running(kind) as fake:
        sender = adapter(account(fake))
        reference = sender.send(parcel(user="zhang"))
        assert reference in ("m1", "256271667526")
        sender.send(parcel(user="zhang"))
        assert fake.tokens == 1  # kept
        fake.tokens = 7  # another made it invalid
        sender.send(parcel(user="zhang"))
        assert (fake.tokens, fake.accepted[TEXT]) == (8, 3)
        with raises(AddressGone):
            sender.send(parcel(user="nobody"))
        fake.refuse = 42001  # also with a new one: not for ever
        with raises(TemporaryFailure, "42001"):
            sender.send(parcel(user="zhang"))
        assert fake.tokens == 9
        fake.fresh()
        fake.deed = lambda key: "lose"
        with raises(OutcomeUnknown):
            sender.send(parcel(user="zhang"))
        wrong = replace(account(fake), secret="another")
        with raises(TemporaryFailure, "token: 40001"):
            adapter(wrong).send(parcel(user="zhang"))
        with pytest.raises(ValueError, match="agent"):
            adapter(account(fake, agent=""))


def test_a_browser_is_pushed_to():
    [(name, secret)] = push_key("push-1").items()
    assert name == "MASHANG_PROVIDER_PUSH_1_SECRET"
    with running(FakePush) as fake:
        fake.public = public_key(secret)
        options = {"subject": "mailto:ops@city.example", "hosts": "127.0.0.1", "protocol": "http"}
        known = Account("push-1", options, "", secret, seconds=0.5)
        sender = Push(known)
        to = parcel(**fake.subscription)
        sender.send(to)
        assert fake.texts == [{"text": TEXT.removeprefix("【码上办】")}]
        for status, failure in {
            410: AddressGone,
            404: AddressGone,
            429: TemporaryFailure,
            413: PermanentFailure,
            302: OutcomeUnknown,
        }.items():
            fake.status = status
            with raises(failure, str(status)):
                sender.send(to)
        fake.status, fake.deed = 201, lambda key: "hang"
        with raises(OutcomeUnknown):
            sender.send(to)
        with raises(AddressGone):
            sender.send(parcel(**{**fake.subscription, "p256dh": "AAAA"}))
        with raises(AddressGone, "not a push service"):
            Push(replace(known, options={"subject": "mailto:a@b.cn"})).send(to)
    with pytest.raises(ValueError, match="subject"):
        Push(replace(known, options={}))


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "https://u:p@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:22/x",
        "http://fcm.googleapis.com/x",
        "https://notify.windows.com.example/x",
        "https://[::1/x",
    ],
)
def test_nothing_but_a_push_service_is_written_to(address):
    assert not is_allowed(address, Account("push"))


def test_the_push_services_are_written_to():
    for host in HOSTS:
        assert is_allowed(
            f"https://{host.replace('.', 'a.', 1) if host[0] == '.' else host}/x", Account("push")
        )


def test_mail():
    with closing(FakeMail()) as fake:
        options = {
            "host": "127.0.0.1", "port": fake.port, "protocol": "smtp", "tls": False,
            "from": "码上办 <no-reply@city.example>",
        }  # fmt: skip
        sender = Smtp(Account("mail", options, seconds=0.5))
        to = parcel(email="zhang@city.example")
        reference = sender.send(to)
        [(recipient, raw)] = fake.mails
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert recipient == "zhang@city.example"
        assert (mail["Subject"], mail.get_content().strip()) == (TEXT, TEXT)
        assert mail["Message-ID"] == reference
        assert sender.was_accepted(to) is UNKNOWN
        for command, answer, failure in (
            ("RCPT", "550 no {to} here", AddressGone),
            ("RCPT", "451 {to} later", TemporaryFailure),
            ("RCPT", "554 we do not like {to}", PermanentFailure),
            ("MAIL", "451 busy", TemporaryFailure),
            ("EHLO", "hang up", TemporaryFailure),
            ("DATA", "554 no", PermanentFailure),
            ("end", "hang up", OutcomeUnknown),
        ):
            fake.refusals = {command: answer}
            with raises(failure):
                sender.send(to)
        assert len(fake.mails) == 1
        fake.refusals = {}
    dead = Smtp(Account("mail", {**options, "port": int(nowhere().split(":")[1])}, seconds=0.5))
    with raises(TemporaryFailure, "no connection"):
        dead.send(to)
