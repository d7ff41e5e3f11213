"""挂账: agreed above, told to the resident, back by itself."""

from datetime import date, timedelta

import pytest

from builders import NOON, PHONE, a_filed, staff
from mashang.cases.actions import coming_due
from mashang.cases.actions.moving import NotThere, advance
from mashang.cases.models import Ask, Clock
from mashang.cases.proving import Fault, verify
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from visits import desk_of, fresh, text_of

pytestmark = pytest.mark.django_db
LATER = date(2026, 4, 10)
WHY = "配件要从厂家调，月底到货。"


@pytest.fixture
def handled(city, case):
    advance(case, "contact_reached", by=staff(city.zhang))
    return case


def handling(case) -> Clock:
    return case.clocks.get(name="handling")


def told(case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


def deferred(city, case, until=LATER):
    advance(case, "ask_deferral", by=staff(city.zhang), words=WHY, until=until)
    advance(case, "defer", by=staff(city.dispatcher), words=WHY, until=until)


def test_asked_for_on_the_page_agreed_above_and_told_to_the_resident(city, zhang, handled, client):
    zhang.look()
    zhang.made("ask_deferral", until="2026-04-10", words=WHY)
    assert told(handled, "deferral_asked") == [city.dispatcher.phone]
    above = desk_of(city.dispatcher, handled)
    assert 'value="2026-04-10"' in above.shown
    assert WHY in above.shown
    entry = above.made("defer", until="2026-04-10", words=WHY)
    assert entry.data["deferred_until"] == "2026-04-10"
    now = fresh(handled)
    assert (now.state, now.phase, now.deferred_until) == ("deferred", "waiting", LATER)
    assert handling(handled).paused_at == NOON
    assert told(handled, "deferred") == [PHONE]
    assert told(handled, "deferred_duty") == [city.zhang.phone]
    assert Ask.objects.get().is_granted
    page = text_of(client.get(f"/t/{handled.requester.tracking_token}"))
    assert WHY in page
    assert "4月10日" in page
    assert "已挂账，办理时限暂停" in zhang.look()


def test_the_sms_of_a_deferral_are_short_and_without_words(city, handled):
    deferred(city, handled)
    for message in Message.objects.filter(template__in=("deferral_asked", "deferred")):
        assert message.params["due"] == "4月10日"
        assert WHY not in " ".join(message.params.values())


def test_on_its_day_it_comes_back_with_the_time_that_was_left(city, handled, noon):
    before = handling(handled).due_at
    deferred(city, handled)
    noon.move_to(NOON + timedelta(days=36))
    assert coming_due.resume_deferred() == 0
    noon.move_to(NOON + timedelta(days=37))
    assert coming_due.resume_deferred() == 1
    now = fresh(handled)
    assert (now.state, now.deferred_until) == ("handling", None)
    assert handling(handled).due_at == before + timedelta(days=37)
    assert told(handled, "deferral_over") == [city.zhang.phone]
    assert coming_due.resume_deferred() == 0
    assert not [found for found in verify() if isinstance(found, Fault)]


def test_the_handler_may_go_on_before_the_day(city, handled, zhang):
    deferred(city, handled)
    zhang.look()
    zhang.made("resume_deferred")
    assert fresh(handled).state == "handling"


def test_nobody_agrees_to_their_own_nor_to_their_units(city, noon):
    case = a_filed(city, place=city.township, code=None, spot="").case
    township = staff(city.dispatcher)
    advance(case, "contact_reached", by=township)
    with pytest.raises(Refused, match="上级同意"):
        advance(case, "defer", by=township, words=WHY, until=LATER)
    assert "挂账到哪一天" not in desk_of(city.commissioner, case).shown
    advance(case, "ask_deferral", by=township, words=WHY, until=LATER)
    with pytest.raises(Refused, match="自己提出"):
        advance(case, "defer", by=township, words=WHY, until=LATER)
    with pytest.raises(Refused, match="白银区综治中心或它的上级"):
        advance(case, "defer", by=staff(city.commissioner), words=WHY, until=LATER)
    advance(case, "defer", by=staff(city.county_duty), words=WHY, until=LATER)
    assert fresh(case).state == "deferred"


def test_a_leader_above_may_agree_without_being_asked(city, handled):
    advance(handled, "defer", by=staff(city.commissioner), words=WHY, until=LATER)
    assert fresh(handled).state == "deferred"


@pytest.mark.parametrize("until", [date(2026, 3, 4), date(2026, 3, 3), "mañana"])
def test_the_day_is_a_later_one(city, handled, until):
    with pytest.raises(Refused, match="今天以后"):
        advance(handled, "ask_deferral", by=staff(city.zhang), words=WHY, until=until)


def test_all_deferrals_together_are_bounded(city, handled, noon):
    zhang = staff(city.zhang)
    with pytest.raises(Refused, match="最晚可以到 6月2日"):
        advance(handled, "ask_deferral", by=zhang, words=WHY, until=date(2026, 6, 3))
    deferred(city, handled)
    noon.move_to(NOON + timedelta(days=60))
    advance(handled, "resume_deferred", by=zhang)
    with pytest.raises(Refused, match="最晚可以到 6月2日"):
        advance(handled, "ask_deferral", by=zhang, words=WHY, until=date(2026, 6, 3))
    deferred(city, handled, until=date(2026, 6, 2))
    noon.move_to(NOON + timedelta(days=95))
    advance(handled, "resume_deferred", by=zhang)
    with pytest.raises(Refused, match="已经用完"):
        advance(handled, "ask_deferral", by=zhang, words=WHY, until=date(2026, 8, 1))


def test_the_resident_is_phoned_before_anything_is_put_off(city, case):
    advance(case, "acknowledge", by=staff(city.zhang))
    with pytest.raises(Refused, match="先打电话"):
        advance(case, "ask_deferral", by=staff(city.zhang), words=WHY, until=LATER)


def test_a_refused_deferral_changes_nothing_but_is_told(city, handled):
    advance(handled, "ask_deferral", by=staff(city.zhang), words=WHY, until=LATER)
    advance(handled, "refuse_deferral", by=staff(city.dispatcher), words="先借一台")
    assert fresh(handled).state == "handling"
    assert told(handled, "ask_decided") == [city.zhang.phone]
    assert told(handled, "deferred") == []


def test_others_have_nothing_to_do_with_it(city, handled):
    for name in ("neighbour", "far_cadre", "auditor", "zhang"):
        with pytest.raises(NotThere):
            advance(handled, "defer", by=staff(getattr(city, name)), words=WHY, until=LATER)
