"""The second factor: set up at the first sign-in, asked for ever after, never taken twice."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

from builders import PASSWORD
from mashang.accounts.models import RecoveryCode, SecondFactor
from mashang.audit.models import Record
from signing import HERE, App, enrol, is_signed_in, paper_of, sign_in
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 2, tzinfo=UTC)
CODE = f"{HERE}/code"
SET_UP = f"{HERE}/set-up"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def required(settings, city):
    settings.SECOND_FACTOR = "required"
    return city


def kinds() -> list[str]:
    return list(Record.objects.order_by("seq").values_list("kind", flat=True))


def test_the_first_sign_in_sets_one_up_and_shows_the_codes_once(required):
    browser = Client()
    assert sign_in("zhang", browser=browser, next="/desk?tab=all").url == SET_UP
    assert not is_signed_in(browser)
    page = browser.get(SET_UP)
    assert "<svg" in text_of(page)
    shown = browser.post(SET_UP, {"code": App(page).code()})
    assert len(set(paper_of(shown))) == 10
    assert 'href="/desk?tab=all"' in text_of(shown)
    assert is_signed_in(browser)
    assert browser.get("/desk").status_code == 200
    assert kinds()[-2:] == ["second_factor_set", "sign_in"]
    again = text_of(browser.get(SET_UP, follow=True))
    assert not [code for code in paper_of(shown) if code in again]


def test_nothing_opens_before_the_second_factor_is_given(required):
    browser = Client()
    sign_in("zhang", browser=browser)
    for address in ("/desk", "/account", "/admin/"):
        assert "/sign-in" in browser.get(address, follow=True).redirect_chain[-1][0]


def test_a_wrong_code_sets_nothing_up_and_the_picture_stays(required):
    browser = Client()
    sign_in("zhang", browser=browser)
    page = browser.get(SET_UP)
    answer = browser.post(SET_UP, {"code": "000000"})
    assert answer.status_code == 422
    assert App(answer).code() == App(page).code()
    assert not SecondFactor.objects.exists()
    assert not is_signed_in(browser)


def test_afterwards_the_app_is_asked_for(required, noon):
    _browser, app, _paper = enrol("zhang")
    noon.shift(timedelta(days=1))
    browser = Client()
    assert sign_in("zhang", browser=browser, next="/desk?tab=all").url == CODE
    assert "张桂兰" in text_of(browser.get(CODE))
    assert browser.post(CODE, {"code": "123456"}).status_code == 422
    assert not is_signed_in(browser)
    assert kinds()[-1] == "sign_in_failed"
    typed = " ".join(app.code())
    assert browser.post(CODE, {"code": typed}).url == "/desk?tab=all"
    assert is_signed_in(browser)


def test_a_code_is_good_once_and_for_half_a_minute_around(required, noon):
    _browser, app, _paper = enrol("zhang")
    noon.shift(timedelta(minutes=5))
    late, early, old = app.code(steps=-1), app.code(steps=1), app.code(steps=-2)
    browser = Client()
    sign_in("zhang", browser=browser)
    assert browser.post(CODE, {"code": old}).status_code == 422
    assert browser.post(CODE, {"code": late}).status_code == 302
    for code, status in ((late, 422), (early, 302), (app.code(), 422)):
        another = Client()
        sign_in("zhang", browser=another)
        assert another.post(CODE, {"code": code}).status_code == status


def test_the_code_with_which_it_was_set_up_is_used_up(required):
    _browser, app, _paper = enrol("zhang")
    browser = Client()
    sign_in("zhang", browser=browser)
    assert browser.post(CODE, {"code": app.code()}).status_code == 422


def test_a_code_from_paper_opens_once_and_the_account_says_how_many_are_left(required):
    _browser, _app, paper = enrol("zhang")
    for number, typed in enumerate((paper[0].lower(), paper[1].replace("-", ""))):
        browser = Client()
        sign_in("zhang", browser=browser)
        assert browser.post(CODE, {"code": typed}).status_code == 302
        assert f"还剩 {9 - number} 个备用码" in text_of(browser.get("/account"))
        another = Client()
        sign_in("zhang", browser=another)
        assert another.post(CODE, {"code": typed}).status_code == 422
    assert kinds().count("recovery_code_used") == 2


def test_neither_secret_nor_paper_codes_stand_readable_in_the_database(required):
    browser = Client()
    sign_in("zhang", browser=browser)
    app = App(browser.get(SET_UP))
    secret = app._totp.secret
    assert secret not in str(dict(browser.session.items()))
    paper = paper_of(browser.post(SET_UP, {"code": app.code()}))
    kept = str(RecoveryCode.objects.values()) + str(Record.objects.values())
    assert not [code for code in paper if code in kept or code.replace("-", "") in kept]
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_secondfactor")
        assert secret not in cursor.fetchone()[0]


def test_anothers_code_is_none_of_mine(required):
    _one, _app, paper = enrol("zhang")
    enrol("li")
    browser = Client()
    sign_in("li", browser=browser)
    assert browser.post(CODE, {"code": paper[0]}).status_code == 422


def test_guessing_codes_ends_in_a_lock_out_that_is_recorded_once(required, noon):
    _browser, app, _paper = enrol("zhang")
    noon.shift(timedelta(minutes=1))
    browser = Client()
    sign_in("zhang", browser=browser)
    for _guess in range(10):
        assert browser.post(CODE, {"code": "000000"}).status_code == 422
    for _guess in range(2):
        answer = browser.post(CODE, {"code": app.code()})
        assert answer.status_code == 429
        assert "12:15 以后再试" in text_of(answer)
    assert kinds().count("locked_out") == 1


def test_what_was_proved_first_waits_ten_minutes_and_no_longer(required, noon):
    _browser, app, _paper = enrol("zhang")
    browser = Client()
    sign_in("zhang", browser=browser)
    noon.shift(timedelta(minutes=11))
    assert browser.post(CODE, {"code": app.code()}).url == HERE


def test_a_password_changed_in_between_begins_anew(required, city, noon):
    _browser, app, _paper = enrol("zhang")
    browser = Client()
    sign_in("zhang", browser=browser)
    city.zhang.set_password("quite-another-password")
    city.zhang.save()
    noon.shift(timedelta(minutes=1))
    assert browser.post(CODE, {"code": app.code()}).url == HERE


def test_the_pages_are_not_there_without_the_first_proof(required):
    for address in (CODE, SET_UP):
        assert Client().get(address).url == HERE
        assert Client().post(address, {"code": "1"}).url == HERE


def test_whoever_has_one_cannot_set_up_another_with_the_password_alone(required):
    enrol("zhang")
    browser = Client()
    sign_in("zhang", browser=browser)
    assert browser.get(SET_UP).url == HERE


# Where it is offered -----------------------------------------------------------------------------


def test_where_it_is_offered_a_newcomer_is_in_at_once(city):
    browser = Client()
    assert sign_in("zhang", browser=browser).url == "/desk"
    assert "没有设置" in text_of(browser.get("/account"))


def test_whoever_set_one_up_on_their_own_is_asked_for_it(city, noon):
    browser = at_desk(city.zhang)
    here = "/account/second-factor"
    assert "先确认是您本人" in text_of(browser.get(here))
    assert browser.post(here, {"old": "wrong"}).status_code == 422
    assert browser.post(here, {"old": PASSWORD}).url == here
    app = App(browser.get(here))
    assert browser.post(here, {"code": "000000"}).status_code == 422
    assert len(paper_of(browser.post(here, {"code": app.code()}))) == 10
    noon.shift(timedelta(minutes=1))
    another = Client()
    assert sign_in("zhang", browser=another).url == CODE
    assert another.post(CODE, {"code": app.code()}).status_code == 302


def test_new_codes_on_paper_make_the_old_ones_worthless(required):
    browser, _app, old = enrol("zhang")
    assert browser.post("/account/recovery-codes", {"old": "wrong"}).status_code == 422
    new = paper_of(browser.post("/account/recovery-codes", {"old": PASSWORD}))
    assert len(new) == 10
    another = Client()
    sign_in("zhang", browser=another)
    assert another.post(CODE, {"code": old[0]}).status_code == 422
    assert another.post(CODE, {"code": new[0]}).status_code == 302
    assert "recovery_codes" in kinds()


def test_there_are_no_codes_without_a_second_factor(city):
    assert at_desk(city.zhang).get("/account/recovery-codes").url == "/account"
