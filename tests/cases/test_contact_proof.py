"""A first contact is claimed by the unit, and proved or denied by the resident with one tap."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from builders import a_filed, staff
from mashang.cases.actions.delivery import no_longer_right
from mashang.cases.actions.identity import erase
from mashang.cases.actions.moving import advance
from mashang.cases.contact import first_proof
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock
from mashang.cases.proving import verify
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from mashang.people.actors import Resident
from residents import text_of, tracking

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


@pytest.fixture
def case(city):
    with time_machine.travel(NOON, tick=False):
        yield a_filed(city).case


def reached(case, account):
    advance(case, "contact_reached", by=staff(account))


def tap(case, what):
    return Client().post(tracking(case, f"/{what}"))


def moves(case):
    return list(case.entries.order_by("seq").values_list("move", flat=True))


def contact_runs(case):
    return Clock.objects.filter(case=case, name=ClockName.CONTACT, stopped_at=None).exists()


def sound():
    return all(isinstance(found, int) for found in verify())


def told(case, template):
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("pk")
    return [message.phone for message in rows]


def test_a_registered_call_is_asked_about_once_and_one_tap_proves_it(case, city):
    assert "有人给您打过电话吗" not in text_of(Client().get(tracking(case)))
    assert tap(case, "called").status_code == 422  # nobody claims anything yet
    reached(case, city.zhang)
    reached(case, city.zhang)  # a second call about the same matter asks nothing anew
    assert len(told(case, "contact_check")) == 1
    page = text_of(Client().get(tracking(case)))
    assert "有人给您打过电话吗" in page and "没人给我打" in page
    for action in ("called", "not-called"):  # what a link's preview fetches changes nothing
        assert Client().get(tracking(case, f"/{action}")).status_code == 303
    assert moves(case) == ["file", "contact_reached", "contact_reached"]
    assert tap(case, "called").headers["Location"].endswith("?done=called")
    assert tap(case, "called").status_code == 303  # a second tap
    assert moves(case)[-1] == "contact_confirmed" and moves(case).count("contact_confirmed") == 1
    page = text_of(Client().get(tracking(case)))
    assert "有人给您打过电话吗" not in page and "您说接到了电话" in page
    assert tap(case, "not-called").status_code == 422
    assert told(case, "contact_denied") == []
    asked = Message.objects.get(subject=case.subject, template="contact_check")
    assert no_longer_right([asked]) == {asked.pk: "诉求人已经说过"}
    assert sound()


def test_nobody_called_starts_the_half_hour_anew_and_those_above_hear_of_it(case, city):
    reached(case, city.zhang)
    assert not contact_runs(case)
    assert tap(case, "not-called").status_code == 303
    assert contact_runs(case)
    assert sorted(told(case, "contact_denied")) == sorted([city.zhang.phone, city.dispatcher.phone])
    with pytest.raises(Refused, match="请先打电话"):
        advance(case, "answer", by=staff(city.zhang), words="换了", answer="换好了。")
    assert tap(case, "not-called").status_code == 303  # a second tap tells nobody again
    assert len(told(case, "contact_denied")) == 2
    advance(case, "contact_missed", by=staff(city.zhang))  # what was open before is open again
    reached(case, city.zhang)
    assert not contact_runs(case) and len(told(case, "contact_check")) == 2
    assert first_proof(moves(case)) == "denied"  # another claim does not undo what was said
    tap(case, "called")
    assert first_proof(moves(case)) == "proved"
    assert sound()


def test_a_mistaken_no_is_taken_back_by_a_yes(case, city):
    reached(case, city.zhang)
    tap(case, "not-called")
    advance(case, "contact_confirmed", by=Resident(frozenset({case.pk})))
    assert not contact_runs(case) and first_proof(moves(case)) == "proved"


def test_after_the_answer_a_denial_reaches_those_above_and_starts_no_clock(case, city):
    reached(case, city.zhang)
    advance(case, "answer", by=staff(city.zhang), words="换了", answer="换好了。")
    assert tap(case, "not-called").status_code == 303
    assert told(case, "contact_denied") == [city.dispatcher.phone]
    assert moves(case)[-1] == "contact_denied_later" and not contact_runs(case)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        advance(case, "reopen", by=Resident(frozenset({case.pk})), words="还是不亮")
        assert tap(case, "called").status_code == 422  # the call before counts no more
    assert first_proof(moves(case)) == "denied"


def test_of_a_sealed_matter_only_the_inspection_hears_and_the_erased_are_not_asked(city, settings):
    with time_machine.travel(NOON, tick=False):
        sealed = a_filed(city, is_sealed=True, accused_level="village").case
        reached(sealed, city.inspector)
        tap(sealed, "not-called")
        heard = set(told(sealed, "contact_denied"))
        assert heard and not heard & {city.zhang.phone, city.lead.phone, city.li.phone}
        settings.ASK_WHETHER_CALLED = False
        other = Case.objects.get(pk=a_filed(city, text="路灯坏了").case.pk)
        reached(other, city.zhang)
        assert told(other, "contact_check") == []
        assert "有人给您打过电话吗" in text_of(Client().get(tracking(other)))
        erase(other, by=Resident(frozenset({other.pk})))
        assert "有人给您打过电话吗" not in text_of(Client().get(tracking(other)))
        assert tap(other, "not-called").status_code == 422
