"""The staff's navigation: what whose posts allow, and where one is."""

import re

import pytest

from builders import a_filed
from mashang.people import navigation
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db


def entries(page: str) -> dict[str, str]:
    """label → the link's further attributes, in the order of the page."""
    _before, _found, after = page.partition('class="entries"')
    shown = after.partition("</nav>")[0]
    return {
        re.sub(r"<[^>]+>", "", words).strip(): more
        for more, words in re.findall(r"<a href=([^>]+)>(.*?)</a>", shown)
    }


@pytest.fixture
def duties(monkeypatch):
    """Two entries more than the product has: one for leaders, one with a count."""
    monkeypatch.setattr(navigation, "_entries", dict(navigation._entries))
    leads = "leader"
    navigation.register_entry(
        "leaders", "help", "给领导", lambda actor: any(p.role == leads for p in actor.posts)
    )
    navigation.register_entry("waiting", "privacy", "等着", lambda _a: True, lambda _a: 3, order=1)
    navigation.register_entry("empty", "home", "没有", lambda _a: True, lambda _a: 0, order=2)


def test_an_entry_is_shown_to_whom_it_is_for(city, duties):
    assert "给领导" in entries(text_of(at_desk(city.commissioner).get("/desk")))
    assert "给领导" not in entries(text_of(at_desk(city.zhang).get("/desk")))
    assert "系统管理" in entries(text_of(at_desk(city.operator).get("/desk")))
    assert "系统管理" not in entries(text_of(at_desk(city.zhang).get("/desk")))


def test_entries_stand_in_order_with_what_waits_there(city, duties):
    shown = list(entries(text_of(at_desk(city.zhang).get("/desk"))))
    assert shown[:3] == ["等着 3", "没有", "工作台"]


def test_the_entry_a_page_belongs_to_is_marked(city):
    case = a_filed(city).case
    browser = at_desk(city.zhang)
    assert 'aria-current="page"' in entries(text_of(browser.get("/desk")))["工作台"]
    inside = entries(text_of(browser.get(f"/desk/cases/{case.number}")))
    assert 'aria-current="true"' in inside["工作台"]


def test_the_longest_address_wins(city, monkeypatch, rf):
    monkeypatch.setattr(navigation, "_entries", dict(navigation._entries))
    navigation.register_entry("case", "sign_out", "退出页", lambda _actor: True)
    request = rf.get("/staff/sign-out/now")
    request.user = city.zhang
    assert [link.name for link in navigation.links(request) if link.is_current] == ["case"]
    request.path = "/staff/sign-outer"
    assert not any(link.is_current for link in navigation.links(request))


def test_whoever_is_not_signed_in_has_no_navigation(city, client):
    assert entries(text_of(client.get("/staff/sign-in"))) == {}


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(ValueError, match="desk"):
        navigation.register_entry("desk", "desk", "", lambda _actor: True)
