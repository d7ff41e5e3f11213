"""Asking those above where nobody of them is on duty: said to the asker, shown in the lists."""

import pytest

from builders import a_filed, someone, staff
from mashang.cases.actions.moving import advance
from mashang.messaging.models import Message
from mashang.people.models import Post, Role, Shift, Unit
from visits import at_desk, desk_of, last, text_of

pytestmark = pytest.mark.django_db
NOBODY = "没有人收到短信"


@pytest.fixture
def case(city):
    found = a_filed(city).case
    advance(found, "acknowledge", by=staff(city.zhang))
    return found


@pytest.fixture
def nobody_above(city):
    Shift.objects.filter(unit__in=(city.township_unit, city.centre)).delete()
    Post.objects.exclude(unit=city.yihe_unit).update(is_lead=False)


def asked() -> list[str]:
    return [message.phone for message in Message.objects.filter(template="help_asked")]


def test_it_is_said_and_marked_until_somebody_answered(city, case, nobody_above):
    answer = desk_of(city.zhang, case).make("ask_help", words="需要吊车")
    assert last(case).data["unheard"] is True
    assert asked() == []
    page = text_of(at_desk(city.zhang).get(answer["Location"]))
    assert NOBODY in page
    for queue in ("help", "all"):
        assert "请求没有人收到" in text_of(at_desk(city.dispatcher).get(f"/desk?queue={queue}"))
    advance(case, "give_help", by=staff(city.dispatcher), words="来了")
    assert "请求没有人收到" not in text_of(at_desk(city.dispatcher).get("/desk?queue=all"))


def test_somebody_above_on_duty_hears_and_nothing_is_marked(city, case):
    answer = desk_of(city.zhang, case).make("ask_help", words="需要吊车")
    assert asked() == [city.dispatcher.phone]
    assert "unheard" not in last(case).data
    assert NOBODY not in text_of(at_desk(city.zhang).get(answer["Location"]))
    assert "请求没有人收到" not in text_of(at_desk(city.dispatcher).get("/desk?queue=help"))


def test_the_citys_centre_hears_what_nobody_in_between_can(city, case, nobody_above):
    centre = Unit.objects.get(code="city-centre")
    Unit.objects.filter(pk=city.township_unit.pk).update(parent=None)
    person = someone("city-duty", "市值班", centre, Role.DISPATCHER, on_duty=1)
    desk_of(city.zhang, case).make("ask_help", words="需要吊车")
    assert asked() == [person.phone]


def test_whoever_could_not_open_it_is_passed_over(city, case):
    someone("clerk", "办事员", city.township_unit, Role.HANDLER, on_duty=1)
    Shift.objects.filter(account=city.dispatcher).update(order=2)
    desk_of(city.zhang, case).make("ask_help", words="需要吊车")
    assert asked() == [city.dispatcher.phone]


def test_nobody_is_told_of_their_own_question(city):
    Shift.objects.exclude(account=city.far_cadre).delete()
    case = a_filed(city, place=city.far_village, code=None).case
    advance(case, "acknowledge", by=staff(city.far_cadre))
    desk_of(city.far_cadre, case).make("ask_help", words="需要吊车")
    assert asked() == []
    assert last(case).data["unheard"] is True
