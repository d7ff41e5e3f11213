"""Signing in: kind to people, closed to guessers, and never the way to somebody else's site."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from builders import PASSWORD, an_account
from visits import text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 2, tzinfo=UTC)
HERE = "/staff/sign-in"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def zhang(db):
    return an_account("zhang", "张桂兰")


def sign_in(username="zhang", password=PASSWORD, *, browser=None, address="10.0.0.1", **more):
    browser = browser or Client()
    given = {"username": username, "password": password, **more}
    return browser.post(HERE, given, REMOTE_ADDR=address)


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_the_right_password_leads_to_the_desk(zhang):
    browser = Client()
    answer = sign_in(browser=browser)
    assert (answer.status_code, answer.url) == (302, "/desk")
    assert is_signed_in(browser)


def test_the_session_is_a_new_one_after_signing_in(zhang):
    browser = Client()
    browser.cookies["sessionid"] = "chosen-by-somebody-else"
    sign_in(browser=browser)
    assert browser.cookies["sessionid"].value != "chosen-by-somebody-else"


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(zhang):
    wrong, unknown = sign_in(password="x" * 12), sign_in("nobody", "x" * 12)
    assert wrong.status_code == unknown.status_code == 422
    bodies = [text_of(answer).split("<main")[1] for answer in (wrong, unknown)]
    plain = [body.replace("nobody", "zhang").split("csrfmiddlewaretoken")[0] for body in bodies]
    assert plain[0] == plain[1]
    assert "用户名或密码不对" in plain[0]


def test_a_blocked_account_is_answered_like_a_wrong_password(zhang):
    zhang.is_active = False
    zhang.save(update_fields=["is_active"])
    assert "用户名或密码不对" in text_of(sign_in())


def test_the_password_typed_is_never_sent_back(zhang):
    shown = text_of(sign_in(password="my-wrong-password"))
    assert "my-wrong-password" not in shown
    assert 'value="zhang"' in shown


@pytest.mark.parametrize(
    ("username", "password", "saying"),
    [("", "x", "请写用户名。"), ("zhang", "", "请写密码。"), ("z" * 41, "x", "40")],
)
def test_what_is_missing_or_too_long_is_said(zhang, username, password, saying):
    answer = sign_in(username, password)
    assert answer.status_code == 422
    assert saying in text_of(answer)


@pytest.mark.parametrize("username", ["zh\x00ang", "<b>x</b>", "' OR 1=1 --", "张😀"])
def test_nonsense_as_a_name_is_only_a_wrong_name(zhang, username):
    answer = sign_in(username)
    assert answer.status_code == 422
    assert "<b>x</b>" not in text_of(answer)


# The way on --------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["/desk?queue=all", "/desk/cases/260000013"])
def test_after_signing_in_one_gets_where_one_wanted(zhang, wanted):
    assert f'value="{wanted}"' in text_of(Client().get(HERE, {"next": wanted}))
    assert sign_in(next=wanted).url == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        " //evil.example",
        "https:///evil.example",
    ],
)
def test_nobody_is_led_to_another_site(zhang, wanted):
    assert wanted.strip() not in text_of(Client().get(HERE, {"next": wanted}))
    assert sign_in(next=wanted).url == "/desk"


def test_whoever_is_signed_in_already_is_led_on(zhang):
    browser = Client()
    sign_in(browser=browser)
    assert browser.get(HERE, {"next": "/desk?queue=all"}).url == "/desk?queue=all"


# Guessing ----------------------------------------------------------------------------------------


def test_after_ten_wrong_tries_a_name_waits_and_learns_until_when(zhang, noon):
    for number in range(10):
        assert sign_in(password="x", address=f"10.0.1.{number}").status_code == 422
    answer = sign_in(address="10.0.2.1")
    assert answer.status_code == 429
    assert "请在 12:15 以后再试" in text_of(answer)
    assert sign_in("ZHANG", address="10.0.2.2").status_code == 429
    noon.move_to(NOON + timedelta(minutes=13))
    assert sign_in().status_code == 302


def test_after_ten_wrong_tries_an_address_waits_whatever_the_name(zhang):
    for number in range(10):
        assert sign_in(f"guess{number}", "x").status_code == 422
    assert sign_in().status_code == 429
    assert sign_in(address="10.0.0.2").status_code == 302


def test_an_office_behind_one_address_can_begin_its_day(zhang):
    for number in range(25):
        an_account(f"colleague{number}", "同事")
        assert sign_in(f"colleague{number}").status_code == 302
    for _again in range(15):
        assert sign_in().status_code == 302


def test_a_right_try_gives_no_wrong_ones_back(zhang):
    for _wrong in range(9):
        sign_in(password="x")
    assert sign_in().status_code == 302
    assert sign_in(password="x").status_code == 422
    assert sign_in().status_code == 429


# Signing out, and the administration -------------------------------------------------------------


def test_signing_out_is_a_post_and_ends_the_session(zhang):
    browser = Client()
    sign_in(browser=browser)
    assert browser.get("/staff/sign-out").status_code == 405
    assert is_signed_in(browser)
    answer = browser.post("/staff/sign-out")
    assert (answer.status_code, answer.url) == (302, HERE)
    assert not is_signed_in(browser)


def test_no_sign_in_without_the_pages_csrf_token(zhang):
    browser = Client(enforce_csrf_checks=True)
    assert sign_in(browser=browser).status_code == 403
    assert not is_signed_in(browser)


def test_the_administrations_own_door_leads_here(zhang):
    answer = Client().get("/admin/people/unit/")
    assert answer.url.startswith("/admin/login/")
    answer = Client().get(answer.url)
    assert answer.url == f"{HERE}?next=%2Fadmin%2Fpeople%2Funit%2F"
    assert Client().post("/admin/login/", {"username": "zhang", "password": PASSWORD}).url == (
        f"{HERE}?next=%2Fadmin%2F"
    )


def test_for_other_staff_there_is_no_administration(zhang):
    browser = Client()
    sign_in(browser=browser)
    assert browser.get("/admin/", follow=True).status_code == 404
