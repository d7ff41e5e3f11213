"""Sessions end by themselves, by their owner and by a security operator; the password changes."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builders import PASSWORD, a_filed
from mashang.accounts import sessions
from mashang.accounts.models import SignedIn
from mashang.audit.models import Record
from mashang.messaging.models import Message
from signing import HERE, is_signed_in, sign_in
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 2, tzinfo=UTC)
NEW = "a-new-and-longer-password"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def last(kind: str) -> Record:
    return Record.objects.filter(kind=kind).first()


def is_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def test_after_half_an_hour_without_use_a_session_ends_and_says_so(city, noon):
    browser = at_desk(city.zhang)
    for _round in range(3):
        noon.shift(timedelta(minutes=29))
        assert is_in(browser)
    noon.shift(timedelta(minutes=31))
    answer = browser.get("/desk?tab=all", follow=True)
    assert answer.redirect_chain[0][0] == f"{HERE}?next=/desk%3Ftab%3Dall"
    assert "您有 30 分钟没有操作" in text_of(answer)
    assert not SignedIn.objects.exists()


def test_after_a_working_day_a_session_ends_however_busy(city, noon):
    browser = at_desk(city.zhang)
    for _round in range(16):
        noon.shift(timedelta(minutes=29))
        assert is_in(browser)
    noon.shift(timedelta(minutes=20))
    assert not is_in(browser)


def test_a_desk_left_open_that_asks_by_itself_keeps_no_session_alive(city, noon):
    browser = at_desk(city.zhang)
    for _minute in range(30):
        noon.shift(timedelta(minutes=1))
        answer = browser.get("/desk/live?queue=mine", headers={"X-Unattended": "1"})
        assert answer.status_code == 200
    noon.shift(timedelta(minutes=1))
    assert not is_in(browser)


def test_both_are_settings(city, noon, settings):
    settings.IDLE_MINUTES, settings.SESSION_COOKIE_AGE = 5, 600
    browser = at_desk(city.zhang)
    noon.shift(timedelta(minutes=6))
    assert "您有 5 分钟没有操作" in text_of(browser.get("/desk", follow=True))


def test_a_form_sent_too_late_leads_back_to_its_page_and_says_that_nothing_was_kept(city, noon):
    case = a_filed(city).case
    browser, there = at_desk(city.zhang), f"/desk/cases/{case.number}"
    noon.shift(timedelta(minutes=31))
    answer = browser.post(
        f"{there}/moves/note", {"words": "看过了"}, HTTP_REFERER=f"http://testserver{there}"
    )
    assert answer.url == f"{HERE}?next=http%3A//testserver{there}"
    shown = text_of(browser.get(answer.url))
    assert "您刚才的操作没有保存" in shown
    assert "30 分钟没有操作" in shown
    answer = sign_in("zhang", browser=browser, next=f"http://testserver{there}")
    assert browser.get(answer.url).status_code == 200
    assert not case.entries.filter(move="note").exists()


def test_another_sites_page_is_no_way_back(city):
    answer = Client().post("/account/sessions", HTTP_REFERER="https://evil.example/x")
    assert "evil" not in answer.url


def test_looking_at_pages_costs_no_further_query_a_minute(city, noon):
    browser = at_desk(city.zhang)
    browser.get("/account/password")
    with CaptureQueriesContext(connection) as first:
        browser.get("/account/password")
    assert not [q for q in first if "signedin" in q["sql"] or q["sql"].startswith("UPDATE")]
    noon.shift(timedelta(minutes=2))
    browser.get("/account/password")
    assert SignedIn.objects.get().seen_at == NOON + timedelta(minutes=2)


def test_the_account_shows_where_one_is_signed_in_and_ends_it(city):
    here, elsewhere = Client(HTTP_USER_AGENT=FIREFOX), Client(REMOTE_ADDR="10.9.8.7")
    for browser in (here, elsewhere):
        sign_in("zhang", browser=browser)
    shown = text_of(here.get("/account"))
    assert "Firefox · Windows" in shown
    assert "10.9.8.7" in shown
    key = re.search(r'name="session" value="(\d+)"', shown).group(1)
    assert here.post("/account/sessions", {"session": key}).url == "/account"
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert last("session_ended").account == city.zhang


def test_signing_out_everywhere_else_leaves_only_this_one(city):
    browsers = [at_desk(city.zhang) for _number in range(3)]
    stranger = at_desk(city.li)
    browsers[0].post("/account/sessions")
    assert [is_in(browser) for browser in browsers] == [True, False, False]
    assert is_in(stranger)
    assert last("sign_out_everywhere").facts == {"count": 2}


def test_nobody_ends_anothers_session(city):
    stranger = at_desk(city.li)
    key = SignedIn.objects.get(account=city.li).pk
    at_desk(city.zhang).post("/account/sessions", {"session": str(key)})
    assert is_in(stranger)


def test_signing_out_forgets_the_session(city):
    browser = at_desk(city.zhang)
    browser.post("/staff/sign-out")
    assert not SignedIn.objects.exists()


def test_what_ran_out_is_swept_away(city, noon):
    at_desk(city.zhang)
    noon.shift(timedelta(hours=9))
    assert sessions.sweep() == 1
    assert not SignedIn.objects.exists()


# One's own password ------------------------------------------------------------------------------


def test_the_password_is_changed_with_the_old_one_and_other_sessions_end(city):
    here, elsewhere = at_desk(city.zhang), at_desk(city.zhang)
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert here.post("/account/password", form).url == "/account"
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert SignedIn.objects.get().session_key == here.session.session_key
    assert sign_in("zhang").status_code == 422
    assert sign_in("zhang", NEW).status_code == 302
    assert last("password_changed").account == city.zhang
    assert NEW not in str(Record.objects.values())


@pytest.mark.parametrize(
    ("change", "saying"),
    [
        ({"old": "wrong"}, "现在的密码不对"),
        ({"new": "short", "again": "short"}, "10"),
        ({"new": "password123", "again": "password123"}, "密码"),
        ({"again": "something-else-here"}, "两遍写的不一样"),
        ({"new": ""}, "请写新密码"),
    ],
)
def test_a_bad_change_is_refused_and_says_why(city, change, saying):
    browser = at_desk(city.zhang)
    form = {"old": PASSWORD, "new": NEW, "again": NEW, **change}
    answer = browser.post("/account/password", form)
    assert answer.status_code == 422
    assert saying in text_of(answer)
    assert NEW not in text_of(answer)
    assert sign_in("zhang").status_code == 302


def test_the_account_shows_posts_and_a_masked_phone(city):
    shown = text_of(at_desk(city.zhang).get("/account"))
    assert "颐和社区居委会" in shown
    assert city.zhang.phone not in shown
    assert f"****{city.zhang.phone[-4:]}" in shown


# A password by a link ----------------------------------------------------------------------------


def send_link(city, username="zhang"):
    at_desk(city.security).post(f"/desk/people/{username}/send-link")
    message = Message.objects.filter(template="password_link").order_by("-id").first()
    return message and message.params["link"].removeprefix("http://127.0.0.1:8000")


def test_a_link_sets_the_password_once_and_nobody_else_knows_it(city):
    old = at_desk(city.zhang)
    there = send_link(city)
    browser = Client()
    assert "张桂兰，您的用户名是" in text_of(browser.get(there))
    answer = browser.post(there, {"new": NEW, "again": NEW})
    assert "密码设好了" in text_of(answer)
    assert not is_signed_in(browser)
    assert not is_in(old)
    assert sign_in("zhang", NEW).status_code == 302
    for again in (browser.get(there), browser.post(there, {"new": NEW, "again": NEW})):
        assert again.status_code == 410
    assert (last("password_link").account, last("password_link").about) == (
        city.security, f"account:{city.zhang.pk}",
    )  # fmt: skip
    assert last("password_set").account == city.zhang
    assert there not in str(Record.objects.values())


def test_a_link_dies_after_a_day_and_with_the_next_one(city, noon):
    first = send_link(city)
    second = send_link(city)
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    noon.shift(timedelta(hours=24))
    assert Client().get(second).status_code == 410


def test_forged_links_and_those_of_blocked_people_are_not_there(city):
    there = send_link(city)
    assert Client().get(there[:-1] + ("a" if there[-1] != "a" else "b")).status_code == 404
    city.zhang.is_active = False
    city.zhang.save()
    assert Client().get(there).status_code == 404


def test_a_weak_password_is_refused_and_the_link_lives_on(city):
    there = send_link(city)
    assert Client().post(there, {"new": "123", "again": "123"}).status_code == 422
    assert Client().post(there, {"new": NEW, "again": NEW}).status_code == 200


def test_whoever_has_no_phone_gets_no_link_but_the_command_prints_one(city):
    city.zhang.phone = ""
    city.zhang.save()
    assert send_link(city) is None
    said = StringIO()
    call_command("password_link", "zhang", stdout=said)
    there = said.getvalue().strip().removeprefix("http://127.0.0.1:8000")
    assert Client().post(there, {"new": NEW, "again": NEW}).status_code == 200
    assert Record.objects.filter(kind="password_link", data__contains="command").exists()
