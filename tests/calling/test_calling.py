"""A call that a platform puts through proves the first contact by its record."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from builders import NOON, PHONE, a_filed, staff
from calling.conftest import work
from mashang.audit.models import Record
from mashang.calling import dialling
from mashang.calling.hearing import settle
from mashang.calling.models import Call
from mashang.cases.actions.identity import erase
from mashang.cases.actions.moving import advance
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock
from mashang.cases.proving import verify
from mashang.insight.facts import derive
from mashang.messaging.models import Message
from mashang.messaging.receiving import token_of
from mashang.people.actors import Resident
from visits import Visit, address, at_desk, bound_phone, link_of

BUTTON = "先响您的手机"


@pytest.fixture
def zhang(city, case, platform) -> Visit:
    return Visit(bound_phone(link_of(case, city.zhang)), address(link_of(case, city.zhang)), case)


def press(visit, after=""):
    return visit.browser.post(f"{visit.address}/ring", {"after": after})


def call_back(platform, *events, token=None):
    body, headers = platform.callback(*events)
    where = f"/messages/receipts/calls/{token or token_of('calls')}"
    browser = Client(enforce_csrf_checks=True)
    return browser.post(where, body, content_type="application/json", headers=headers)


def event(name, at, **more):
    return {"key": Call.objects.first().key, "event": name, "at": at.isoformat(), **more}


def moves(case):
    return list(case.entries.order_by("seq").values_list("move", flat=True))


def proof(case):
    return derive([case.pk], at=timezone.now())[0][0].contact_proof


def sound():
    return all(isinstance(found, int) for found in verify())


def test_an_answered_call_proves_the_contact_and_nobody_saw_the_number(
    case, city, zhang, platform, noon
):
    assert BUTTON in zhang.shown and "查看电话并拨打" in zhang.shown
    assert press(zhang).status_code == 302
    press(zhang)  # a second tap
    call = Call.objects.get()
    assert not platform.accepted  # no request of a browser waits for the platform
    work()
    work()
    assert dict(platform.accepted) == {call.key: 1}
    handed = platform.messages[call.key]
    assert (handed["first"], handed["then"]) == (city.zhang.phone, PHONE)
    assert "拨打人的手机在响" in zhang.look() and PHONE not in zhang.shown
    assert zhang.browser.get(f"{zhang.address}/ring").status_code == 302
    # The resident takes the call in time; the two talk beyond the half hour.
    answered = NOON + timedelta(minutes=29)
    noon.move_to(NOON + timedelta(minutes=40))
    told = [event("ringing", answered), event("answered", answered)]
    assert call_back(platform, *told, token="a" * 32).status_code == 404
    body, headers = platform.callback(*told)
    where = f"/messages/receipts/calls/{token_of('calls')}"
    kind = "application/json"
    assert Client().post(where, body + b" ", content_type=kind, headers=headers).status_code == 400
    assert not Call.objects.filter(answered_at__isnull=False).exists()
    assert call_back(platform, *told).status_code == 200
    assert "正在通话" in zhang.look()
    end = event("ended", NOON + timedelta(minutes=40), seconds=660)
    for _again in range(2):  # replayed, and told out of order
        assert call_back(platform, end, *told, {**end, "key": "call-0-1"}).status_code == 200
        settle()
    assert moves(case) == ["file", "contact_recorded"]
    entry = case.entries.last()
    assert entry.data["talked"] == 660 and entry.actor == {"kind": "system"}
    assert Case.objects.get(pk=case.pk).state == "handling"
    clock = Clock.objects.get(case=case, name=ClockName.CONTACT)
    assert clock.stopped_at == answered and not clock.is_overdue(timezone.now())
    assert proof(case) == "record"
    assert not Message.objects.filter(template="contact_check").exists()  # nothing to ask
    shown = zhang.look()
    assert "通话 660 秒" in shown and "拨打人：张桂兰" in shown and PHONE not in shown
    assert Record.objects.filter(kind="rang", about=case.subject).count() == 1
    assert not Record.objects.filter(kind="look").exists()
    advance(case, "contact_reached", by=staff(city.zhang))
    assert proof(case) == "record"  # a word less does not undo it
    assert sound()


def test_a_call_that_nobody_took_is_logged_as_by_hand_and_others_are_not(
    case, city, zhang, platform, noon
):
    def ended(**how):
        last = Call.objects.first()
        press(zhang, last.key if last else "")
        work()
        noon.shift(60)
        call_back(platform, event("ended", timezone.now(), **how))
        settle()
        return zhang.look()

    assert "拨打人的手机没有接" in ended(reason="caller")
    assert "接通了 9 秒，太短" in ended(seconds=9)
    assert "线路故障" in ended(reason="what")
    assert moves(case) == ["file"]  # none of them tells that the resident could not be reached
    assert "没人接听" in ended(reason="no_answer")
    assert moves(case) == ["file", "contact_missed"]
    assert case.entries.last().actor["name"] == "张桂兰"
    assert Message.objects.filter(template="contact_missed").count() == 1
    assert "平台拨打：正在通话中" in ended(reason="busy")
    assert proof(case) == "" and sound()
    # Nobody is believed to have talked longer than it is since the button was pressed.
    assert "通话 60 秒" in ended(seconds=3600)
    platform.deed = lambda key: 422
    press(zhang, Call.objects.first().key)
    work()
    assert "没有拨出" in zhang.look() and Call.objects.first().words == "422 why 139****0001"
    for _each in range(5):
        press(zhang, Call.objects.first().key)
        work()
    assert Call.objects.count() == 10  # and then it is enough for a day
    assert "今天这件事已经拨打很多次了" in zhang.look()


def test_what_a_crash_left_open_is_asked_for_and_never_dialled_again(
    case, city, zhang, platform, noon
):
    def later(**time):
        noon.shift(timedelta(**time))
        dialling.look_after()
        work()
        return Call.objects.first()

    platform.deed = lambda key: "lose"
    press(zhang)
    work()
    key = Call.objects.get().key
    assert Call.objects.get().state == "dialling"
    dialling.forget()  # the worker died
    assert later(seconds=30).state == "ringing" and platform.asked == [key]
    press(zhang, key)  # while it is under way there is only this one
    platform.events[key] = [{"event": "ended", "seconds": 25, "at": timezone.now().isoformat()}]
    assert later(seconds=30).seconds == 25
    settle()
    assert moves(case) == ["file", "contact_recorded"] and platform.accepted[key] == 1
    # Never accepted, as far as the platform knows: it says so, and a person presses again.
    platform.deed = lambda key: "break"
    press(zhang, key)
    work()
    assert later(seconds=30).reason == "not_sent"
    assert sum(platform.accepted.values()) == 1
    # Where nobody can tell, it is given up; what is told afterwards still counts.
    platform.deed = lambda key: "lose"
    press(zhang, Call.objects.first().key)
    work()
    last = Call.objects.first().key
    platform.accepted[last], platform.events[last] = 1, "nonsense"
    assert later(minutes=11).state == "unknown"
    assert "平台没有说打成了没有" in zhang.look()
    end = {"key": last, "event": "ended", "at": timezone.now().isoformat(), "seconds": 30}
    call_back(platform, end)
    settle()
    assert Call.objects.first().state == "ended" and moves(case).count("contact_recorded") == 2
    # The platform is down: the page says so within a minute, and nothing rings later on.
    platform.deed = lambda key: 503
    press(zhang, last)
    work()
    assert later(seconds=90).reason == "not_sent"
    assert sound()


def test_only_who_may_phone_has_the_button_and_only_with_a_platform(case, city, zhang, platform):
    for account in (city.dispatcher, city.neighbour, city.inspector):
        desk = at_desk(account)
        assert BUTTON not in desk.get(f"/desk/cases/{case.number}").content.decode()
        assert desk.post(f"/desk/cases/{case.number}/ring").status_code == 404
    other = a_filed(city, text="路灯坏了").case
    erase(other, by=Resident(frozenset({other.pk})))
    anonymous = a_filed(city, name="", phone="", is_anonymous=True).case
    desk = at_desk(city.zhang)
    for each in (other, anonymous):
        assert BUTTON not in desk.get(f"/desk/cases/{each.number}").content.decode()
        assert desk.post(f"/desk/cases/{each.number}/ring").status_code == 404
    # Between the button and the line the number may be erased, or the case be another's.
    press(zhang)
    erase(case, by=Resident(frozenset({case.pk})))
    work()
    assert Call.objects.get().reason == "not_sent" and not platform.accepted
