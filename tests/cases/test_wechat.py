"""WeChat beside or before the SMS: the protocol, the binding, and that nothing gets lost."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client, override_settings
from django.utils import timezone

from builders import NOON, PHONE, a_filed, make_city, staff
from fake_providers import running
from fake_wechat import FakeWechat
from mashang.audit.models import Record
from mashang.cases.actions.identity import erase
from mashang.cases.actions.moving import advance
from mashang.core.cached import forget_all
from mashang.messaging import lanes, sending
from mashang.messaging.models import Address, Approval, Message, Provider, VerificationCode
from mashang.messaging.receiving import settle_receipts, token_of
from mashang.messaging.senders import (
    UNKNOWN,
    Account,
    AddressGone,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.senders.wechat import Wechat
from mashang.messaging.sending import send_due
from mashang.people.actors import Resident
from residents import text_of, tracking

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (Linux; Android 12) MicroMessenger/8.0.47"
WAY = "用微信接收进展"


@pytest.fixture
def wechat(db):
    with running(FakeWechat) as fake, time_machine.travel(NOON, tick=False):
        here = f"http://{fake.address}"
        options = {"url": here, "authorize": here, "token": fake.callbacks, "name": "码上办"}
        Provider.objects.create(code="wx", name="微信", kind="wechat", options=options)
        Approval.objects.create(
            provider="wx", template="contact_missed", state="approved", provider_code=fake.template,
            variables=[["unit", 20, "thing1"]],
        )  # fmt: skip
        lanes.forget()
        sending._flights.clear()
        forget_all()
        secrets = {"WX_KEY": fake.key, "WX_SECRET": fake.secret}
        with override_settings(PROVIDER_SECRETS=secrets):
            yield fake
        lanes.forget()


@pytest.fixture
def city(db):
    return make_city()


@pytest.fixture
def case(wechat, city):
    return a_filed(city).case


@pytest.fixture
def phone():
    return Client(enforce_csrf_checks=True, headers={"user-agent": AGENT})


def prove(phone, case, page):
    """Type the code that was sent to the case's phone."""
    VerificationCode.objects.all().delete()
    assert WAY not in text_of(phone.post(page, {"step": "send"}))
    code = Message.objects.filter(template="verification").latest("pk").params["code"]
    assert phone.post(page, {"step": "code", "code": code}).status_code == 303


def bind(wechat, phone, case, openid="o-resident"):
    page = tracking(case, "/wechat")
    if "先确认是您本人" in text_of(phone.get(page)):
        prove(phone, case, page)
    back = wechat.follow(way_to_wechat(phone, page), openid)
    return back, phone.get(back)


def way_to_wechat(phone, page):
    found = re.search(r'href="([^"]*oauth2[^"]*)"', text_of(phone.get(page)))
    return html.unescape(found.group(1))


def missed(case, city):
    advance(case, "contact_missed", by=staff(city.zhang))


def work():
    for _round in range(2):
        while send_due() or sending._flights:
            pass


def told(case):
    rows = Message.objects.filter(subject=case.subject, template="contact_missed").order_by("pk")
    return [(row.channel, row.state) for row in rows]


def test_a_proved_phone_is_bound_in_wechats_browser_alone_and_once(wechat, case, phone, city):
    assert WAY in text_of(phone.get(tracking(case)))
    assert WAY not in text_of(Client().get(tracking(case)))
    page = tracking(case, "/wechat")
    assert "先确认是您本人" in text_of(phone.get(page))
    assert phone.get("/wechat/back?code=1&state=2").status_code == 404
    back, answer = bind(wechat, phone, case)
    assert answer.headers["Location"] == f"{page}?done=bound"
    row = Address.objects.get()
    assert row.fields == {"openid": "o-resident"} and row.phone_index == case.requester.phone_index
    assert "o-resident" not in text_of(phone.get(page)) and "已设置" in text_of(phone.get(page))
    # The same return once more, and in a browser that was not sent.
    wechat.codes["code-0-o-resident"] = "o-another"
    assert phone.get(back).status_code == 404
    assert Client(headers={"user-agent": AGENT}).get(back).status_code == 404
    assert Address.objects.get().fields == {"openid": "o-resident"}
    # Somebody who has the link alone is asked for a code; who proved another phone as well.
    other = a_filed(city, text="井盖松了", phone="13900000777").case
    assert "先确认是您本人" in text_of(phone.get(tracking(other, "/wechat")))
    assert phone.post(page, {"step": "drop"}).status_code == 303
    assert not Address.objects.exists()
    kinds = Record.objects.filter(kind__startswith="wechat").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["wechat_bound", "wechat_unbound"]
    wechat.codes.clear()
    back = wechat.follow(way_to_wechat(phone, page))
    wechat.codes.clear()  # a code that is not good any more
    assert phone.get(back).headers["Location"] == f"{page}?done=failed"
    assert not Address.objects.exists()
    bind(wechat, phone, case)
    erase(case, by=Resident(frozenset({case.pk})))
    assert not Address.objects.exists()


def test_messages_go_beside_the_sms_and_only_with_a_template_that_fits(wechat, case, phone, city):
    bind(wechat, phone, case)
    missed(case, city)
    assert told(case) == [("sms", "queued"), ("wechat", "queued")]
    work()
    assert told(case) == [("sms", "sent"), ("wechat", "sent")]
    sent = wechat.sent[-1]
    assert sent["touser"] == "o-resident" and sent["data"] == {
        "thing1": {"value": "颐和社区居委会"}
    }
    assert sent["url"].endswith(tracking(case)) and PHONE not in str(sent)
    wechat.tokens += 1  # another program has got a new token
    missed(case, city)
    work()
    assert len(wechat.sent) == 2
    # Delivered or not: the address is a secret, the request is signed, and told twice is once.
    message = Message.objects.filter(channel="wechat").latest("pk")
    where = f"/wechat/events/wx/{token_of('wx')}"
    assert phone.get(where, {**wechat.signed(), "echostr": "77"}).content == b"77"
    for query in (wechat.signed("forged"), {}):
        assert phone.get(where, {**query, "echostr": "77"}).status_code == 404
    event = wechat.event(message.provider_reference, "failed:user block")
    for query, place in ((wechat.signed("forged"), where), (wechat.signed(), where[:-1] + "x")):
        signed = "&".join(f"{name}={value}" for name, value in query.items())
        assert phone.post(f"{place}?{signed}", event, "text/xml").status_code == 404
    signed = "&".join(f"{name}={value}" for name, value in wechat.signed().items())
    for told_now in (event, event, wechat.event("1", event="subscribe"), "<!ENTITY"):
        assert phone.post(f"{where}?{signed}", told_now, "text/xml").content == b"success"
    settle_receipts()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "failed:user block")
    # Nobody who does not follow is written to again, and their page says so.
    wechat.followers.clear()
    missed(case, city)
    work()
    assert told(case)[-2:] == [("sms", "sent"), ("wechat", "failed")]
    assert "先关注公众号" in text_of(phone.get(tracking(case, "/wechat")))
    before = len(told(case))
    missed(case, city)
    assert len(told(case)) == before + 1


def test_by_setting_wechat_goes_first_and_the_sms_where_it_failed(
    wechat, case, phone, city, settings
):
    settings.WECHAT_FIRST = True
    bind(wechat, phone, case)
    missed(case, city)
    work()
    assert told(case) == [("sms", "queued"), ("wechat", "sent")]
    with time_machine.travel(NOON + timedelta(minutes=3), tick=False):
        work()
        assert told(case) == [("sms", "aborted"), ("wechat", "sent")]
        reference = Message.objects.get(channel="wechat").provider_reference
        signed = "&".join(f"{name}={value}" for name, value in wechat.signed().items())
        where = f"/wechat/events/wx/{token_of('wx')}?{signed}"
        phone.post(where, wechat.event(reference, "failed: system failed"), "text/xml")
        settle_receipts()
        work()
        assert told(case) == [("sms", "sent"), ("wechat", "failed")]
        wechat.refuse = 40037
        missed(case, city)
        work()
        assert told(case)[-2:] == [("sms", "sent"), ("wechat", "failed")]  # at once
        wechat.refuse = 45009
        missed(case, city)
        work()
        assert told(case)[-2:] == [("sms", "queued"), ("wechat", "queued")]
    with time_machine.travel(NOON + timedelta(minutes=6), tick=False):
        work()
        assert told(case)[-2][1] == "sent"
        # A code never goes by WeChat, and a number that may be another person's by now neither.
        assert not Message.objects.filter(channel="wechat", template="verification").exists()
        # Where WeChat does not tell what did not arrive, the SMS waits for nothing.
        Provider.objects.update(options={"url": wechat.url})
        lanes.forget()
        forget_all()
        wechat.fresh()
        missed(case, city)
        work()
        assert told(case)[-2:] == [("sms", "sent"), ("wechat", "sent")]
    with time_machine.travel(NOON + timedelta(days=181), tick=False):
        before = len(told(case))
        missed(case, city)
        assert len(told(case)) == before + 1 and timezone.now() > NOON


def test_what_it_answers_means_what_its_documents_say(wechat):
    account = Account("wx", {"url": wechat.url}, wechat.key, wechat.secret, seconds=0.5)
    sender = Wechat(account)
    params = {"thing1": "颐和社区", "link": "https://city.example/t/1"}
    parcel = Parcel("k:w", "", "", wechat.template, params, address={"openid": "o-resident"})
    assert sender.send(parcel) == "200228333" and sender.was_accepted(parcel) is UNKNOWN
    for code, failure in (
        (-1, TemporaryFailure), (45009, TemporaryFailure), (48001, TemporaryFailure),
        (43101, AddressGone), (40003, AddressGone), (40037, PermanentFailure),
        (47003, PermanentFailure), (40001, TemporaryFailure),
    ):  # fmt: skip
        wechat.refuse = code
        with pytest.raises(failure, match=f"^{code} why$") as raised:
            sender.send(parcel)
        assert raised.type is failure
    wechat.fresh()
    wechat.deed = lambda key: "lose"
    with pytest.raises(OutcomeUnknown):
        sender.send(parcel)
    assert set(wechat.accepted.values()) == {1}
    wrong = Wechat(Account("wx", {"url": wechat.url}, wechat.key, "wrong", seconds=0.5))
    with pytest.raises(TemporaryFailure, match=r"^token: 40125$"):
        wrong.send(parcel)
    assert not sender.is_theirs(wechat.signed(""))  # no word was entered: nobody is theirs
