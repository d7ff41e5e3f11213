"""The invented reports of the demonstration: moved by the same actions, and true throughout."""

from io import StringIO

import pytest
from django.core.management import call_command

from mashang.cases.models import Case, Requester
from mashang.cases.proving import Fault, verify
from mashang.demo import city, samples
from mashang.messaging.models import Message, MessageState
from mashang.people.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(db):
    call_command("load_rules", stdout=StringIO())
    city.fill(lambda line: None)
    return samples.fill(lambda line: None)


def test_every_invented_report_is_filed_once_and_every_chain_holds(filled):
    assert Case.objects.count() == filled > 40
    assert [result for result in verify() if isinstance(result, Fault)] == []
    assert samples.fill(lambda line: None) == 0
    assert Case.objects.count() == filled


def test_there_is_something_to_see_at_every_stage(filled):
    states = set(Case.objects.values_list("state", flat=True))
    assert states >= {
        "dispatched", "handling", "waiting", "return_asked", "answered", "confirmed", "withdrawn",
    }  # fmt: skip


def test_what_is_about_a_cadre_is_sealed(filled):
    about_cadres = Case.objects.filter(is_sealed=True)
    assert about_cadres.count() >= 2
    assert {case.unit.kind for case in about_cadres} == {"inspection"}


def test_no_invented_resident_has_a_cadres_number(filled):
    cadres = set(Account.objects.values_list("phone_index", flat=True))
    residents = set(Requester.objects.values_list("phone_index", flat=True))
    assert not cadres & residents


def test_old_messages_are_not_sent_again(filled):
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}
