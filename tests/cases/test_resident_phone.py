"""What a code sent to the phone opens, and how little is told to whoever guesses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from builders import NAME, PHONE, a_filed, staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Clock, Entry, Requester
from mashang.cases.views_resident import phone as views
from mashang.core.crypto import blind_index
from mashang.core.ids import case_number
from mashang.messaging.models import Message, VerificationCode
from residents import code_sent_to, next_minute, text_of, tracking

OTHER = "13909437777"


@pytest.fixture
def case(city):
    return a_filed(city).case


def ask(case: Case, client: Client | None = None, tail: str = "1234", **more: object):
    typed = {"number": case.number, "tail": tail, **more}
    return (client or Client()).post("/track", typed)


def prove(case: Case, client: Client, page: str) -> None:
    """Prove the case's phone on the way to one of its pages."""
    next_minute()
    client.post(tracking(case, page), {"step": "send"})
    code = code_sent_to(PHONE)
    answer = client.post(tracking(case, page), {"step": "code", "code": code})
    assert answer.status_code == 303, text_of(answer)


def codes() -> int:
    return Message.objects.filter(template="verification").count()


# A case by its number ---------------------------------------------------------------------------


def test_number_last_four_digits_and_code_open_the_case(case, client):
    assert "验证码已经发到" in text_of(ask(case))
    answer = ask(case, client, step="code", code=code_sent_to(PHONE))
    assert answer.status_code == 303
    assert answer.headers["Location"] == tracking(case)
    assert case.number in text_of(client.get(tracking(case)))


def test_full_width_digits_and_blanks_are_fine(case):
    spaced = " ".join(case.number)
    answer = Client().post("/track", {"number": spaced, "tail": "１２３４"})
    assert answer.status_code == 200
    assert codes() == 1


def test_the_answer_is_the_same_whether_or_not_number_and_digits_fit(case):
    absent = case_number(999_999, 2026)
    pages = set()
    for number, tail in ((case.number, "1234"), (case.number, "9999"), (absent, "1234")):
        answer = Client().post("/track", {"number": number, "tail": tail})
        assert answer.status_code == 200
        pages.add(text_of(answer).replace(f'"{number}"', "").replace(f'"{tail}"', ""))
    assert len(pages) == 1
    assert codes() == 1


def test_a_wrong_code_is_the_same_answer_for_a_number_that_does_not_fit(case):
    ask(case)
    wrong = "000000" if code_sent_to(PHONE) != "000000" else "000001"
    right_number = ask(case, step="code", code=wrong)
    wrong_number = ask(case, tail="9999", step="code", code=wrong)
    assert right_number.status_code == wrong_number.status_code == 422
    assert "验证码不对或者过期了" in text_of(right_number)
    assert text_of(right_number).replace('"1234"', '"9999"') == text_of(wrong_number)


def test_a_code_for_one_case_does_not_open_another(city, case):
    other = a_filed(city, phone=OTHER).case
    ask(case)
    answer = ask(other, tail=OTHER[-4:], step="code", code=code_sent_to(PHONE))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ({"number": "12", "tail": "1234"}, "编号不对"),
        ({"number": "'; DROP TABLE--", "tail": "1234"}, "编号不对"),
        ({"number": "260000018", "tail": "12"}, "最后四位"),
        ({"number": "260000018", "tail": "abcd"}, "最后四位"),
        ({}, "编号不对"),
    ],
)
def test_what_is_no_number_says_what_to_do(db, client, typed, advice):
    answer = client.post("/track", typed)
    assert answer.status_code == 422
    assert advice in text_of(answer)
    assert typed.get("tail", "") in text_of(answer)


def test_the_digits_of_one_number_can_be_guessed_a_few_times_a_day_only(case, monkeypatch):
    monkeypatch.setattr(views, "TRIES_PER_NUMBER_A_DAY", 3)
    for guess in ("0001", "0002", "0003"):
        assert ask(case, tail=guess).status_code == 200
    answer = ask(case)
    assert answer.status_code == 429
    assert "试得太多了" in text_of(answer)
    assert codes() == 0


def test_one_address_gets_so_many_tries_an_hour(city, case, monkeypatch):
    monkeypatch.setattr(views, "TRIES_PER_ADDRESS_AN_HOUR", 2)
    ask(case)
    ask(a_filed(city).case)
    assert ask(a_filed(city).case).status_code == 429
    assert Client().post("/mine", {"phone": PHONE}).status_code == 429


def test_a_second_code_within_the_minute_is_not_sent_and_not_betrayed(case):
    first, second = ask(case), ask(case)
    assert text_of(first) == text_of(second)
    assert codes() == 1


@pytest.mark.parametrize("phone", ["09438221234", ""])
def test_landlines_and_anonymous_cases_get_no_code_and_the_same_answer(city, phone):
    case = a_filed(city, phone=phone, is_anonymous=not phone).case
    assert ask(case).status_code == 200
    assert codes() == 0


# All my cases -------------------------------------------------------------------------------


def test_all_cases_of_a_phone_are_shown_behind_a_code(city, client):
    mine = [a_filed(city).case for _number in range(3)]
    other = a_filed(city, phone=OTHER).case
    assert "验证码已经发出" in text_of(client.post("/mine", {"phone": PHONE}))
    answer = client.post("/mine", {"phone": PHONE, "step": "code", "code": code_sent_to(PHONE)})
    assert answer.status_code == 303
    page = text_of(client.get("/mine"))
    for case in mine:
        assert case.number in page and tracking(case) in page
    assert other.number not in page


def test_the_list_takes_as_many_queries_for_three_cases_as_for_one(
    city, client, django_assert_num_queries
):
    for _number in range(2):
        a_filed(city)
    next_minute()
    client.post("/mine", {"phone": PHONE})
    client.post("/mine", {"phone": PHONE, "step": "code", "code": code_sent_to(PHONE)})
    with django_assert_num_queries(1):
        client.get("/mine")
    a_filed(city)
    with django_assert_num_queries(1):
        client.get("/mine")


def test_an_unknown_phone_gets_the_same_answer_and_no_sms(case, client):
    known = text_of(client.post("/mine", {"phone": PHONE}))
    unknown = text_of(client.post("/mine", {"phone": OTHER}))
    assert known.replace(PHONE, "") == unknown.replace(OTHER, "")
    assert codes() == 1


@pytest.mark.parametrize("phone", ["", "123", "0943-8221234"])
def test_what_is_no_mobile_says_so(db, client, phone):
    answer = client.post("/mine", {"phone": phone})
    assert answer.status_code == 422
    assert "11 位手机号码" in text_of(answer)


def test_leaving_forgets_the_phone(case, client):
    client.post("/mine", {"phone": PHONE})
    client.post("/mine", {"phone": PHONE, "step": "code", "code": code_sent_to(PHONE)})
    assert case.number in text_of(client.get("/mine"))
    client.post("/mine/leave")
    assert case.number not in text_of(client.get("/mine"))


def test_after_half_an_hour_the_phone_is_forgotten(case, client):
    client.post("/mine", {"phone": PHONE})
    client.post("/mine", {"phone": PHONE, "step": "code", "code": code_sent_to(PHONE)})
    kept = client.cookies["proved"].value
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        assert case.number not in text_of(client.get("/mine"))
    assert PHONE not in kept


def test_a_made_up_cookie_opens_nothing(case, client):
    for value in ("", "x", blind_index(PHONE), f'"{blind_index(PHONE)}":abc:def'):
        client.cookies["proved"] = value
        assert case.number not in text_of(client.get("/mine"))


def test_the_cookie_is_no_business_of_scripts(case, client):
    ask(case)
    ask(case, client, step="code", code=code_sent_to(PHONE))
    cookie = client.cookies["proved"]
    assert cookie["httponly"] and cookie["max-age"] == 1800 and cookie["samesite"] == "Lax"


# Taking one's data away, and erasing it -------------------------------------------------------


def test_data_is_not_handed_out_to_whoever_has_the_link(case, client):
    for typed in ({}, {"step": "download"}):
        page = text_of(client.post(tracking(case, "/data"), typed))
        assert "先确认是您本人" in page and PHONE not in page
    assert not Entry.objects.filter(move="export").exists()


def test_data_is_taken_away_behind_a_code(case, client):
    prove(case, client, "/data")
    assert "下载" in text_of(client.get(tracking(case, "/data")))
    answer = client.post(tracking(case, "/data"), {"step": "download"})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{case.number}.json"'
    taken = json.loads(answer.content)
    assert (taken["姓名"], taken["电话"], taken["反映内容"]) == (NAME, PHONE, case.text)
    assert Entry.objects.filter(case=case, move="export").count() == 1


def test_what_is_taken_away_tells_nothing_of_the_staff_among_themselves(case, client, city):
    advance(case, "acknowledge", by=staff(city.zhang))
    advance(case, "note", by=staff(city.zhang), words="内部的话")
    advance(case, "ask_return", by=staff(city.zhang), words="不归我们管")
    prove(case, client, "/data")
    taken = text_of(client.post(tracking(case, "/data"), {"step": "download"}))
    for words in ("内部的话", "不归我们管", "note", "ask_return", "备注", city.zhang.name):
        assert words not in taken
    assert "签收" in taken


def test_a_phone_proved_for_another_case_is_no_proof_here(city, case, client):
    other = a_filed(city, phone=OTHER).case
    prove(case, client, "/data")
    assert "先确认是您本人" in text_of(client.get(tracking(other, "/data")))


def test_the_code_for_one_case_does_not_open_the_data_of_another(city, case, client):
    second = a_filed(city).case
    client.post(tracking(case, "/data"), {"step": "send"})
    answer = client.post(tracking(second, "/data"), {"step": "code", "code": code_sent_to(PHONE)})
    assert answer.status_code == 422


def test_erasing_needs_a_code_and_a_tick_and_removes_name_and_phone(case, client):
    assert "先确认是您本人" in text_of(client.get(tracking(case, "/erase")))
    prove(case, client, "/erase")
    page = text_of(client.get(tracking(case, "/erase")))
    assert "不能恢复" in page and "139****1234" in page
    answer = client.post(tracking(case, "/erase"), {"step": "erase"})
    assert answer.status_code == 422 and "我明白" in text_of(answer)
    assert Requester.objects.get(case=case).phone == PHONE

    answer = client.post(tracking(case, "/erase"), {"step": "erase", "understood": "yes"})
    assert answer.status_code == 303
    gone = Requester.objects.get(case=case)
    assert (gone.name, gone.phone, gone.phone_index) == (None, None, "")
    assert not Clock.objects.filter(case=case, name="contact", stopped_at=None).exists()
    page = text_of(client.get(answer.headers["Location"]))
    assert "已经删除" in page and case.text in page and "139****" not in page


def test_erasing_without_the_code_does_nothing(case, client):
    client.post(tracking(case, "/erase"), {"step": "erase", "understood": "yes"})
    assert Requester.objects.get(case=case).phone == PHONE


def test_erased_cases_are_in_nobodys_list_and_what_is_erased_is_not_asked_again(case, client):
    prove(case, client, "/erase")
    client.post(tracking(case, "/erase"), {"step": "erase", "understood": "yes"})
    assert case.number not in text_of(client.get("/mine"))
    assert client.get(tracking(case, "/erase")).status_code == 303


def test_a_landline_is_sent_to_people_who_can_help(city, client):
    case = a_filed(city, phone="09438221234").case
    page = text_of(client.post(tracking(case, "/erase"), {"step": "send"}))
    assert "座机" in page and "12345" in page
    assert not VerificationCode.objects.exists()


def test_an_anonymous_case_has_no_identity_to_prove(city, client):
    case = a_filed(city, phone="", name="", is_anonymous=True).case
    answer = client.post(tracking(case, "/data"), {"step": "download"})
    assert json.loads(answer.content)["电话"] is None
    assert client.get(tracking(case, "/erase")).status_code == 303


def test_guessing_the_code_stops_after_a_while(case, client, monkeypatch):
    client.post(tracking(case, "/data"), {"step": "send"})
    right = code_sent_to(PHONE)
    wrong = [f"{number:06d}" for number in range(6) if f"{number:06d}" != right][:5]
    for code in wrong:
        client.post(tracking(case, "/data"), {"step": "code", "code": code})
    answer = client.post(tracking(case, "/data"), {"step": "code", "code": right})
    assert answer.status_code == 422
