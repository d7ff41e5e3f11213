"""Asterisk's manager interface, against a server written from its documents."""

from contextlib import contextmanager, suppress

import pytest

from fake_calls import FakeAsterisk
from fake_providers import running
from mashang.messaging.models import Provider
from mashang.messaging.senders import (
    UNKNOWN,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
    make,
)
from mashang.messaging.senders.asterisk import Asterisk
from mashang.messaging.senders.base import Account, Ring

RING = Ring("call-1-1", first="13900000002", then="13800000001", longest=600)
BEGIN = {"Event": "DialBegin", "Uniqueid": "{call}", "DestUniqueid": "1.2"}
TAKEN = {"Event": "DialEnd", "DestUniqueid": "{call}", "DialStatus": "ANSWER"}
HANGUP = {"Event": "Hangup", "Uniqueid": "{call}", "Cause": "16"}
OTHERS = {"Event": "Hangup", "Uniqueid": "1788.1", "Cause": "16"}


def ends(status):
    return {"Event": "DialEnd", "Uniqueid": "{call}", "DialStatus": status}


@contextmanager
def asterisk(**options):
    with running(FakeAsterisk) as fake:
        options = {
            "url": fake.address,
            "channel": "PJSIP/{number}@trunk",
            "caller": "0943",
            **options,
        }
        sender = Asterisk(Account("one", options, fake.user, fake.secret, seconds=20.0))
        try:
            yield fake, sender
        finally:
            sender.close()


def heard(sender, events):
    """What the link brought, once there are so many."""
    found = []
    while len(found) < events:
        found += sender.poll().calls
    return [(call.key, str(call.event), call.reason) for call in found]


def test_own_phone_first_then_the_residents_and_every_end_by_its_reason():
    with asterisk() as (fake, sender):
        fake.script = [TAKEN, BEGIN, ends("ANSWER"), OTHERS, HANGUP]
        assert sender.ring(RING) == "mashang-call-1-1"
        asked = fake.originated[0]
        assert asked["Channel"] == "PJSIP/13900000002@trunk" and asked["Async"] == "true"
        assert (asked["Application"], asked["Data"]) == (
            "Dial",
            "PJSIP/13800000001@trunk,30,L(600000)",
        )
        assert heard(sender, 3) == [
            ("call-1-1", "ringing", ""), ("call-1-1", "answered", ""), ("call-1-1", "ended", ""),
        ]  # fmt: skip
        first = {"Event": "DialEnd", "DestUniqueid": "{call}", "DialStatus": "NOANSWER"}
        no_line = {
            "Event": "OriginateResponse", "ActionID": "{action}", "Response": "Failure",
            "Reason": "0", "Uniqueid": "<null>",
        }  # fmt: skip
        for script, reason in (
            ([TAKEN, BEGIN, ends("NOANSWER"), HANGUP], "no_answer"),
            ([TAKEN, BEGIN, ends("BUSY"), HANGUP], "busy"),
            ([TAKEN, BEGIN, ends("CANCEL"), HANGUP], "caller"),
            ([TAKEN, BEGIN, ends("CHANUNAVAIL"), {**HANGUP, "Cause": "1"}], "wrong"),
            ([first, HANGUP], "caller"),
            ([no_line], "failed"),
        ):
            fake.script = script
            sender.ring(RING)
            assert heard(sender, 2 if BEGIN in script else 1)[-1] == ("call-1-1", "ended", reason)
        fake.live = {"1.1", "mashang-call-1-1"}
        assert sender.what_became("call-1-1") == () and sender.what_became("call-1-2") is UNKNOWN
        fake.script = []
        fake.links[-1].shutdown(2)
        while len(fake.links) == 1:  # it comes back by itself
            with suppress(TemporaryFailure, OutcomeUnknown):
                sender.ring(RING)


def test_nothing_rings_where_it_does_not_let_us_in_and_no_number_is_more_than_digits(settings):
    with asterisk(channel="none/{number}") as (fake, sender):
        with pytest.raises(TemporaryFailure, match="Permission denied"):
            sender.ring(RING)
        for phone in ("1\r\nAction: x", "12&PJSIP/1", ""):
            with pytest.raises(PermanentFailure):
                sender.ring(Ring("call-1-2", first="13900000002", then=phone))
        assert len(fake.originated) == 1
        sender.close()
        fake.secret = "another"
        with pytest.raises(TemporaryFailure, match="no connection"):
            sender.ring(RING)
    settings.PRODUCTION = True
    for url, is_open in (("tcp://10.0.0.9:5038", True), ("tls://10.0.0.9:5039", False)):
        row = Provider(
            code="one", kind="asterisk", options={"url": url, "channel": "PJSIP/{number}"}
        )
        if is_open:
            with pytest.raises(ValueError, match="not over"):
                make(row)
        else:
            assert isinstance(make(row), Asterisk)
