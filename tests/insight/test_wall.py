"""The wall: an address that opens numbers and nothing else, and dies with the post."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from builders import staff
from counted_day import NOON
from mashang.insight.wall import GOOD_FOR, token_of
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db


def screen(token: str, *, status: int = 200) -> str:
    answer = Client().get(f"/wall/{token}")
    assert answer.status_code == status
    return text_of(answer)


@pytest.fixture
def token(scene) -> str:
    return token_of(staff(scene.city.dispatcher), scene.city.township)


def test_the_screen_shows_numbers_refreshes_itself_and_leads_nowhere(scene, token):
    page = re.sub(r">\s+<", "><", screen(token))
    assert '<meta http-equiv="refresh" content="60">' in page
    assert "<h2>今天收到</h2><p>10</p>" in page
    assert "<h2>现在在办</h2><p>4</p>" in page
    assert "57.14%" in page
    assert "颐和社区：收到 9 件" in page  # a tile of the map
    assert "<a " not in page
    assert "<script" not in page
    assert "style=" not in page
    assert scene.satisfied.case.number not in page


def test_its_address_is_made_at_the_desk_by_who_reads_the_place(scene):
    city = scene.city
    page = text_of(at_desk(city.dispatcher).get("/desk/figures/wall"))
    address = page.split('class="wall-address" href="')[1].split('"')[0]
    screen(address.rpartition("/")[2])
    for account, place in ((city.zhang, city.yihe), (city.dispatcher, city.county)):
        assert at_desk(account).get(f"/desk/figures/wall?place={place.pk}").status_code == 404


def test_the_address_dies_with_the_post_and_with_time(scene, token):
    screen(token[:-2] + "xx", status=404)
    screen("nothing", status=404)
    with time_machine.travel(NOON + GOOD_FOR - timedelta(hours=1), tick=False):
        screen(token)
    with time_machine.travel(NOON + GOOD_FOR + timedelta(hours=1), tick=False):
        screen(token, status=404)
    yesterday = timezone.localdate() - timedelta(days=1)
    scene.city.dispatcher.posts.update(ends_on=yesterday)
    screen(token, status=404)


def test_the_address_dies_with_the_account(scene, token):
    type(scene.city.dispatcher).objects.filter(pk=scene.city.dispatcher.pk).update(is_active=False)
    screen(token, status=404)


def test_the_screen_asks_as_much_of_a_village_as_of_the_city(scene):
    def queries(token: str) -> int:
        screen(token)
        with CaptureQueriesContext(connection) as asked:
            screen(token)
        return len(asked)

    leader, city = staff(scene.city.city_secretary), scene.city
    assert queries(token_of(leader, city.county)) == queries(token_of(leader, city.county.parent))
    assert queries(token_of(leader, city.yihe)) <= 16
