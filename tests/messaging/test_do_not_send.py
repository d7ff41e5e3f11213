"""The phones that get no notices: asked about one by one, never listed; and the daily quotas."""

import re
from html import unescape

import pytest
import time_machine

from builders import make_city
from mashang.audit.models import Record
from mashang.core.crypto import blind_index
from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import DoNotSend, Message
from mashang.messaging.sending import send_due
from visits import at_desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-25T12:00:00+08:00", tick=False):
        yield


HERE = "/desk/messages/do-not-send"
PHONE = "13900000001"


def asked(page):
    return unescape(re.search(r'name="asked" value="([^"]+)"', page)[1])


def notice(key, phone=PHONE, template="answered"):
    params = {
        "number": "260001234",
        "link": "http://127.0.0.1/t/x",
        "code": "123456",
        "unit": "社区",
    }
    queue([Draft(template=template, phone=phone, params=params, key=key)])


def states():
    return dict(Message.objects.values_list("key", "state"))


def test_a_number_is_asked_about_added_with_a_reason_and_lifted_and_all_is_recorded():
    city = make_city()
    desk = at_desk(city.dispatcher)
    page = desk.post(HERE, {"phone": "139 0000 0001"}).content.decode()
    assert "139****0001" in page and "不在名单上" in page and PHONE not in page
    token = asked(page)
    refused = desk.post(HERE, {"asked": token, "action": "add", "reason": "  "})
    assert refused.status_code == 422 and "请写原因" in refused.content.decode()
    assert not DoNotSend.objects.exists()
    assert (
        desk.post(HERE, {"asked": token, "action": "add", "reason": "本人来电"}).status_code == 302
    )
    assert DoNotSend.objects.get().phone_index == blind_index(PHONE)
    again = desk.post(HERE, {"asked": token, "action": "add", "reason": "再来"})
    assert again.status_code == 422 and "已经在名单上" in again.content.decode()

    notice("held")
    notice("code", template="verification")
    send_due()
    assert states() == {"held": "withheld", "code": "sent"}

    page = at_desk(city.operator).post(HERE, {"phone": PHONE}).content.decode()
    assert "本人来电" in page and city.dispatcher.name in page
    lifted = {"asked": asked(page), "action": "lift", "reason": "本人要求恢复"}
    assert at_desk(city.operator).post(HERE, lifted).status_code == 302
    assert not DoNotSend.objects.exists()
    kinds = list(Record.objects.order_by("seq").values_list("kind", flat=True))
    for kind in ("identity_search", "do_not_send_added", "do_not_send_lifted"):
        assert kind in kinds
    assert not any(PHONE in data for data in Record.objects.values_list("data", flat=True))
    assert "个号码" in desk.get(HERE).content.decode()

    assert desk.post(HERE, {"phone": "12"}).status_code == 422
    assert desk.post(HERE, {"asked": "forged", "reason": "x"}).status_code == 400
    assert at_desk(city.zhang).get(HERE).status_code == 404


def test_one_wording_and_all_notices_to_a_phone_have_quotas_but_duty_and_codes_go(settings):
    settings.SAME_NOTICE_PER_PHONE_A_DAY, settings.NOTICES_PER_PHONE_A_DAY = 1, 2
    for key, template in {
        "first": "answered", "second": "answered", "other": "declined", "third": "question",
    }.items():  # fmt: skip
        notice(key, template=template)
        while send_due():
            pass
    notice("code", template="verification")
    notice("duty", template="order_code")
    while send_due():
        pass
    assert states() == {
        "first": "sent", "second": "withheld", "other": "sent", "third": "withheld",
        "code": "sent", "duty": "sent",
    }  # fmt: skip
    reasons = dict(Message.objects.values_list("key", "reason"))
    assert reasons["second"] == "今天发给这个号码的这种短信已满 1 条"
    assert reasons["third"] == "今天发给这个号码的短信已满 2 条"
