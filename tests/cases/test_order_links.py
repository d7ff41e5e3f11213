"""The link in a duty SMS: signed, for one order and one person, bound to one phone, expiring."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from builders import NAME, PHONE, WORDS, a_filed, staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, OrderLink, Requester
from mashang.core.ids import sign_key
from mashang.messaging.models import Message
from mashang.people.actors import Resident
from mashang.people.models import Account, Device, Post
from visits import address, at_desk, bound_phone, code_sent_to, link_of, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


@pytest.fixture
def case(city):
    return a_filed(city).case


@pytest.fixture
def link(city, case):
    return link_of(case, city.zhang)


def codes_sent() -> int:
    return Message.objects.filter(template="order_code").count()


def tells_nothing_of(page: str, case: Case) -> bool:
    secrets = (WORDS, NAME, PHONE, case.place.name, case.spot)
    return not any(secret in page for secret in secrets)


# Opening for the first time ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_a_link_sends_no_sms_and_binds_nothing(city, case, link, method):
    answer = getattr(Client(), method)(address(link))
    assert answer.status_code == 200
    assert codes_sent() == 0
    assert not Device.objects.exists()
    link.refresh_from_db()
    assert link.first_opened_at is None


def test_an_unknown_browser_sees_the_number_and_the_masked_phone_alone(city, case, link):
    page = text_of(Client().get(address(link)))
    assert case.number in page
    assert f"{city.zhang.phone[:3]}****{city.zhang.phone[-4:]}" in page
    assert city.zhang.phone not in page
    assert city.zhang.name not in page
    assert tells_nothing_of(page, case)


def test_the_code_goes_to_the_persons_own_phone_and_says_nothing_of_the_case(city, case, link):
    browser = Client()
    page = browser.post(address(link, "/code"), follow=True)
    assert "验证码已发到" in text_of(page)
    sent = Message.objects.get(template="order_code")
    assert sent.phone == city.zhang.phone
    assert sent.params.keys() == {"code"}


def test_a_second_code_within_the_minute_is_not_sent_and_the_page_says_when(link):
    browser = Client()
    with time_machine.travel(NOON, tick=False):
        browser.post(address(link, "/code"))
        page = text_of(browser.post(address(link, "/code"), follow=True))
        assert "秒后再试" in page
    assert codes_sent() == 1


def test_after_five_codes_in_an_hour_the_page_says_the_time_of_day(link):
    browser = Client()
    for minute in range(0, 10, 2):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            browser.post(address(link, "/code"))
    with time_machine.travel(NOON + timedelta(minutes=11), tick=False):
        page = text_of(browser.post(address(link, "/code"), follow=True))
    assert codes_sent() == 5
    assert "请 13:01 以后再试" in page


def test_the_right_code_binds_the_phone_and_opens_the_order(city, case, link):
    browser = bound_phone(link)
    cookie = browser.cookies["device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 180 * 24 * 3600
    device = Device.objects.get()
    assert device.account == city.zhang
    assert cookie.value not in device.secret_digest
    link.refresh_from_db()
    assert link.device == device
    assert link.first_opened_at is not None
    page = text_of(browser.get(address(link)))
    assert WORDS in page


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "000000; DROP TABLE", "９９９９９９９"])
def test_a_wrong_code_opens_nothing(case, link, typed):
    browser = Client()
    browser.post(address(link, "/code"))
    answer = browser.post(address(link, "/bind"), {"code": typed})
    assert answer.status_code == 422
    assert "验证码不对" in text_of(answer)
    assert tells_nothing_of(text_of(answer), case)
    assert not Device.objects.exists()
    assert "device" not in browser.cookies


def test_five_wrong_tries_spend_the_code(city, link):
    browser = Client()
    browser.post(address(link, "/code"))
    code = code_sent_to(city.zhang)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _try in range(5):
        browser.post(address(link, "/bind"), {"code": wrong})
    assert browser.post(address(link, "/bind"), {"code": code}).status_code == 422


def test_a_code_typed_in_full_width_digits_and_blanks_is_taken(city, link):
    browser = Client()
    browser.post(address(link, "/code"))
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code_sent_to(city.zhang))
    typed = f" {wide[:3]} {wide[3:]} "
    assert browser.post(address(link, "/bind"), {"code": typed}).status_code == 302


def test_a_code_opens_only_the_order_it_was_asked_for_and_only_once(city, link):
    other = link_of(a_filed(city).case, city.zhang)
    browser = Client()
    browser.post(address(link, "/code"))
    code = code_sent_to(city.zhang)
    assert Client().post(address(other, "/bind"), {"code": code}).status_code == 422
    assert browser.post(address(link, "/bind"), {"code": code}).status_code == 302
    assert Client().post(address(link, "/bind"), {"code": code}).status_code == 422


def test_a_code_that_was_never_asked_for_does_not_exist(link):
    assert Client().post(address(link, "/bind"), {"code": "000000"}).status_code == 422


def test_somebody_whose_number_gets_no_sms_is_told_what_to_do(city, link):
    Account.objects.filter(pk=city.zhang.pk).update(phone="09438231234")
    browser = Client()
    assert "收不到短信" in text_of(browser.get(address(link)))
    browser.post(address(link, "/code"))
    assert codes_sent() == 0


# Forged, stale, somebody else's ------------------------------------------------------------------


def test_forged_and_unknown_tokens_are_not_there(city, case, link):
    token = link.token
    other = link_of(a_filed(city).case, city.zhang)
    swapped = other.token[:-12] + token[-12:]
    track = Requester.objects.get(case=case).tracking_token
    unknown = sign_key("order", 999_999)
    too_long = "z" * 40
    forged = (token[:-1] + ("0" if token[-1] != "0" else "1"), swapped, track, unknown, too_long)
    browser = bound_phone(link)
    for wrong in (*forged, "x", "0" * 13, "%00", "验证", "' OR 1=1 --"):
        for page in ("", "/code", "/bind", "/call", "/moves/note"):
            ask = browser.post if page else browser.get
            assert ask(f"/o/{wrong}{page}").status_code == 404, (wrong, page)


def test_an_expired_link_says_so_and_nothing_of_the_case(city, case, link):
    browser = bound_phone(link)
    OrderLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    for ask in (browser.get(address(link)), browser.post(address(link, "/code"))):
        assert ask.status_code == 410
        assert "已经过期" in text_of(ask)
        assert tells_nothing_of(text_of(ask), case)


def test_a_revoked_link_says_so_and_makes_no_move(city, case, link):
    browser = bound_phone(link)
    OrderLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    answer = browser.post(address(link, "/moves/acknowledge"), {"seen": 1})
    assert answer.status_code == 410
    assert "已经停用" in text_of(answer)
    case.refresh_from_db()
    assert case.state == "dispatched"


def test_a_revoked_link_stays_dead_and_the_next_message_brings_another(city, case, link):
    browser = bound_phone(link)
    OrderLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    advance(case, "chase", by=Resident(frozenset({case.pk})))
    another = OrderLink.objects.get(case=case, account=city.zhang, revoked_at=None)
    assert another.token in Message.objects.get(template="chased").params["link"]
    assert browser.get(address(link)).status_code == 410
    assert browser.get(address(another)).status_code == 200
    advance(case, "add", by=Resident(frozenset({case.pk})), words="还是坏的")
    assert another.token in Message.objects.get(template="added").params["link"]


def test_whose_case_it_is_no_longer_is_told_so(city, case, link):
    browser = bound_phone(link)
    advance(
        case, "redispatch", by=staff(city.dispatcher), unit=city.next_door_unit, words="归隔壁管"
    )
    answer = browser.get(address(link))
    assert answer.status_code == 410
    assert "不由您经办" in text_of(answer)
    assert tells_nothing_of(text_of(answer), case)


def test_an_office_that_ended_and_a_blocked_account_open_nothing(city, case, link):
    browser = bound_phone(link)
    Post.objects.filter(account=city.zhang).update(ends_on="2020-01-01")
    assert browser.get(address(link)).status_code == 410
    Post.objects.filter(account=city.zhang).update(ends_on=None)
    assert browser.get(address(link)).status_code == 200
    Account.objects.filter(pk=city.zhang.pk).update(is_active=False)
    assert browser.get(address(link)).status_code == 410


def test_another_persons_link_asks_for_that_persons_code(city, case, link):
    advance(case, "acknowledge", by=staff(city.zhang))
    advance(case, "ask_help", by=staff(city.zhang), words="请派人支援")
    theirs = link_of(case, city.dispatcher)
    mine = bound_phone(link)
    page = text_of(mine.get(address(theirs)))
    assert tells_nothing_of(page, case)
    mine.post(address(theirs, "/code"))
    newest = Message.objects.filter(template="order_code").latest("id")
    assert newest.phone == city.dispatcher.phone
    answer = mine.post(address(theirs, "/moves/give_help"), {"words": "好"})
    assert answer.status_code == 403


# One phone, many orders --------------------------------------------------------------------------


def test_a_bound_phone_opens_the_persons_next_order_at_once(city, link):
    browser = bound_phone(link)
    following = link_of(a_filed(city).case, city.zhang)
    assert WORDS in text_of(browser.get(address(following)))
    following.refresh_from_db()
    assert following.device == Device.objects.get()
    assert following.first_opened_at is not None
    assert codes_sent() == 1


def test_a_forwarded_link_is_not_opened_by_a_browser_of_somebody_else(city, case, link):
    bound_phone(link)
    page = text_of(Client().get(address(link)))
    assert "另一部手机" in page
    assert tells_nothing_of(page, case)


def test_a_new_code_moves_the_link_and_the_old_phone_loses_it(city, link, caplog):
    old = bound_phone(link)
    with caplog.at_level(logging.INFO, logger="mashang.cases.order_access"):
        new = bound_phone(link)
    first, second = Device.objects.order_by("id")
    assert f"moved from device {first.pk} to device {second.pk}" in caplog.text
    assert WORDS in text_of(new.get(address(link)))
    assert "另一部手机" in text_of(old.get(address(link)))


def test_moving_a_link_to_a_phone_that_is_known_makes_no_second_device(city, link):
    known = bound_phone(link_of(a_filed(city).case, city.zhang))
    bound_phone(link)
    bound_phone(link, known)
    assert Device.objects.count() == 2
    assert WORDS in text_of(known.get(address(link)))


def test_a_revoked_phone_has_to_prove_itself_anew(city, case, link):
    browser = bound_phone(link)
    Device.objects.update(revoked_at=timezone.now())
    assert tells_nothing_of(text_of(browser.get(address(link))), case)
    answer = browser.post(address(link, "/moves/acknowledge"), {"seen": 1})
    assert answer.status_code == 403
    case.refresh_from_db()
    assert case.state == "dispatched"


def test_a_phone_is_known_for_180_days(city):
    with time_machine.travel(NOON) as clock:
        browser = bound_phone(link_of(a_filed(city, at=NOON).case, city.zhang))
        clock.move_to(NOON + timedelta(days=179))
        soon = link_of(a_filed(city, at=timezone.now()).case, city.zhang)
        assert WORDS in text_of(browser.get(address(soon)))
        clock.move_to(NOON + timedelta(days=181))
        late = link_of(a_filed(city, at=timezone.now()).case, city.zhang)
        browser.cookies["device"]["expires"] = browser.cookies["device"]["max-age"] = ""
        assert WORDS not in text_of(browser.get(address(late)))


def test_a_made_up_cookie_is_no_phone(case, link):
    browser = Client()
    browser.cookies["device"] = "x" * 43
    assert tells_nothing_of(text_of(browser.get(address(link))), case)


def test_the_phones_cookie_is_of_no_use_at_the_desk(case, link):
    answer = bound_phone(link).get(f"/desk/cases/{case.number}")
    assert answer.status_code == 302
    assert answer.url.startswith("/staff/sign-in")


def test_being_signed_in_does_not_open_a_link_but_shows_the_way_to_the_desk(city, case, link):
    page = text_of(at_desk(city.zhang).get(address(link)))
    assert tells_nothing_of(page, case)
    assert f"/desk/cases/{case.number}" in page
    assert f"/desk/cases/{case.number}" not in text_of(at_desk(city.li).get(address(link)))


def test_no_move_code_or_binding_without_the_pages_csrf_token(city, case, link):
    known = bound_phone(link)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = known.cookies
    for page in ("/code", "/bind", "/call", "/moves/acknowledge"):
        answer = strict.post(address(link, page), {"seen": 1})
        assert answer.status_code == 403
        assert "您写的内容还在" in text_of(answer)
    case.refresh_from_db()
    assert (case.state, case.version) == ("dispatched", 1)


def test_an_address_for_moves_that_is_loaded_anew_leads_to_the_order(case, link):
    browser = bound_phone(link)
    for page in ("/code", "/bind", "/call", "/moves/note"):
        answer = browser.get(address(link, page))
        assert (answer.status_code, answer.url) == (302, address(link))
    assert codes_sent() == 1
    case.refresh_from_db()
    assert case.version == 1
    assert browser.post(address(link)).status_code == 405
