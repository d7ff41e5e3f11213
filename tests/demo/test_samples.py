"""The invented reports of the demonstration: moved by the same actions, and true throughout."""

import pytest

from mashang.cases.models import Case, Requester
from mashang.cases.proving import Fault, verify
from mashang.demo import channels, samples
from mashang.messaging import lanes
from mashang.messaging.models import Address, Message, MessageState
from mashang.people.models import Account

pytestmark = pytest.mark.usefixtures("demo_city", "db")


def test_every_invented_report_is_filed_once_and_every_chain_holds():
    filled = Case.objects.count()
    assert filled > 40
    assert [result for result in verify() if isinstance(result, Fault)] == []
    assert samples.fill(lambda line: None) == 0
    assert Case.objects.count() == filled


def test_there_is_something_to_see_at_every_stage():
    states = set(Case.objects.values_list("state", flat=True))
    assert states >= {
        "dispatched", "handling", "waiting", "return_asked", "answered", "confirmed", "withdrawn",
    }  # fmt: skip


def test_what_is_about_a_cadre_is_sealed():
    about_cadres = Case.objects.filter(is_sealed=True)
    assert about_cadres.count() >= 2
    assert {case.unit.kind for case in about_cadres} == {"inspection"}


def test_no_invented_resident_has_a_cadres_number():
    cadres = set(Account.objects.values_list("phone_index", flat=True))
    residents = set(Requester.objects.values_list("phone_index", flat=True))
    assert not cadres & residents


def test_old_messages_are_not_sent_again():
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}


def test_reminders_and_calls_are_there_to_be_seen_and_leave_the_machine_alone():
    channels.fill()  # a second start changes nothing
    kept = Address.objects.values_list("channel", flat=True)
    assert sorted(kept) == ["wecom_app", "wecom_app", "wecom_app", "wecom_group"]
    assert [lane.code for lane in lanes.callers()] == ["calls"]
    assert not any(lane.sender.uses_network for lane in (*lanes.in_use(), *lanes.callers()))
