"""The report as a resident sends it: by a code or a place, whatever is typed, and once only."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import mashang
from builders import PHONE, a_place
from mashang.attachments.models import Attachment
from mashang.cases.actions import filing as actions
from mashang.cases.models import Case, Channel, Entry
from mashang.cases.views_resident import filing as views
from mashang.codes.models import CodeState
from mashang.core.ids import new_code
from mashang.messaging.models import Message
from mashang.places.models import Kind, Level
from pictures import a_photo
from recordings import webm
from residents import (
    TEXT,
    TOKEN,
    a_file,
    case_behind,
    fields,
    file,
    form,
    send,
    text_of,
)

ACCUSATION = "村支书优亲厚友，把低保名额给了自己家亲戚。"
EMERGENCY = "二单元楼道里冒烟，好像着火了，快来人。"


# Coming in --------------------------------------------------------------------------------------


def test_a_code_opens_the_form_with_the_emergency_numbers_above_it(city, client):
    answer = client.get(f"/q/{city.code.code}")
    page = text_of(answer)
    assert answer.status_code == 200
    assert "白银区人民路街道颐和社区" in page and "3号楼" in page
    for number in ("110", "119", "120", "122"):
        assert page.index(f'href="tel:{number}"') < page.index("<form method")


@pytest.mark.parametrize("change", [str.lower, lambda code: f"{code[:5]}-{code[5:]}"])
def test_a_code_typed_in_lower_case_or_with_dashes_leads_to_the_form(city, client, change):
    answer = client.get(f"/q/{change(city.code.code)}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/q/{city.code.code}"


def test_a_code_typed_on_the_first_page_leads_to_the_form(city, client):
    answer = client.get("/q", {"code": f" {city.code.code.lower()} "})
    assert answer.headers["Location"] == f"/q/{city.code.code}"


def test_a_report_sent_to_a_code_in_lower_case_counts(city, client):
    assert client.post(f"/q/{city.code.code.lower()}", form()).status_code == 303


@pytest.mark.parametrize("typed", ["ABCDEFGHJK", "2", "我家的码", "%00", "<b>"])
def test_a_mistyped_code_gets_a_page_that_finds_the_place_by_hand(city, client, typed):
    answer = client.get(f"/q/{typed}", follow=True)
    assert answer.status_code == 404
    assert 'action="/find"' in text_of(answer)
    assert "/find?in=620402" in text_of(answer)


def test_a_code_that_was_never_issued_says_so(city, client):
    answer = client.get(f"/q/{new_code()}")
    assert answer.status_code == 404
    assert "没有这个编码" in text_of(answer)


def test_a_retired_code_offers_the_place_it_was_on(city, client):
    answer = client.get(f"/q/{city.retired_code.code}")
    assert answer.status_code == 410
    assert f"/report/{city.yihe.code}" in text_of(answer)


def test_a_code_retired_while_somebody_was_writing_still_takes_their_words(city, client):
    city.code.state = CodeState.RETIRED
    city.code.save()
    answer = client.post(f"/q/{city.code.code}", form())
    assert answer.status_code == 303
    assert case_behind(answer).code is None


def test_a_place_found_by_hand_has_the_same_form_without_a_code(city, client):
    answer = client.post(f"/report/{city.yihe.code}", form())
    case = case_behind(answer)
    assert (case.place, case.code, case.channel) == (city.yihe, None, Channel.WEB)


def test_a_place_that_does_not_exist_is_not_found(city, client):
    assert client.get("/report/999999").status_code == 404
    assert client.get("/report/abc").status_code == 404


# Filing -----------------------------------------------------------------------------------------


def test_a_report_is_filed_and_the_receipt_says_who_calls_by_when(city, client):
    with time_machine.travel("2026-11-25T10:00:00+08:00", tick=False):
        answer = send(city, client)
        case = case_behind(answer)
        receipt = text_of(client.get(answer.headers["Location"]))
    assert case.text == TEXT
    assert (case.requester.name, case.requester.phone) == ("何秀英", PHONE)
    assert (case.code, case.channel) == (city.code, Channel.CODE)
    assert case.number in receipt
    assert "颐和社区居委会" in receipt and "10:30" in receipt
    assert f"/t/{case.requester.tracking_token}" in receipt
    assert Message.objects.filter(template="receipt").count() == 1


def test_full_width_digits_blanks_and_emoji_are_fine(city):
    case = file(city, phone="１３９ ０９４３ １２３４", text="路灯不亮😀👨‍👩‍👧请修一下")
    assert case.requester.phone == "13909431234"
    assert case.text == "路灯不亮😀👨‍👩‍👧请修一下"


def test_a_landline_is_taken_and_the_receipt_says_to_keep_the_page(city, client):
    answer = send(city, client, phone="0943-8221234")
    assert "座机收不到短信" in text_of(client.get(answer.headers["Location"]))


def test_an_anonymous_report_keeps_no_name_and_no_phone(city, client):
    answer = send(city, client, is_anonymous="1")
    case = case_behind(answer)
    assert (case.is_anonymous, case.requester.name, case.requester.phone) == (True, None, None)
    assert "丢了就找不回来" in text_of(client.get(answer.headers["Location"]))


def test_a_confidential_report_goes_to_the_county(city):
    case = file(city, is_confidential="1")
    assert (case.is_confidential, case.unit) == (True, city.centre)


def test_four_characters_and_two_thousand_are_enough_and_not_too_many(city):
    assert file(city, token="a" * 20, text="路灯坏了").text == "路灯坏了"
    assert len(file(city, token="b" * 20, text="字" * 2000).text) == 2000


def test_an_english_reader_is_answered_in_english(city, client):
    client.cookies["language"] = "en"
    assert case_behind(send(city, client)).language == "en"


def test_sql_and_html_are_words_like_any_other(city, client):
    hostile = "<script>alert(1)</script>'; DROP TABLE cases_case; --"
    answer = send(city, client, text=hostile, name="<b>王</b>", spot="<i>3</i>")
    case = case_behind(answer)
    assert (case.text, case.requester.name, case.spot) == (hostile, "<b>王</b>", "<i>3</i>")
    page = text_of(client.get(f"/t/{case.requester.tracking_token}"))
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "<i>3</i>" not in page


def test_control_characters_are_dropped_and_are_no_error(city):
    assert file(city, text="路灯\x00坏了\x08很久\u202e了").text == "路灯坏了很久了"


def test_filing_needs_no_cookie(city):
    answer = Client(enforce_csrf_checks=True).post(f"/q/{city.code.code}", form())
    assert answer.status_code == 303


@pytest.mark.django_db(transaction=True)
def test_a_report_without_photos_takes_at_most_twelve_queries(city, client):
    send(city, client, token="to-warm-the-caches-01")
    with CaptureQueriesContext(connection) as queries:
        answer = send(city, client, text="另一件事：垃圾没人收。", phone="13909430002")
    assert answer.status_code == 303
    statements = [q["sql"] for q in queries if q["sql"].split()[0] not in ("BEGIN", "COMMIT")]
    assert len(statements) <= 12, "\n".join(statements)


# What is wrong with a form ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "advice"),
    [
        ({"text": ""}, "text", "请写下发生了什么事"),
        ({"text": " 灯 \n"}, "text", "至少 4 个字"),
        ({"text": "字" * 2003}, "text", "请删去 3 个字"),
        ({"name": ""}, "name", "请写您的姓名"),
        ({"name": "王" * 41}, "name", "2 到 40 个字"),
        ({"phone": ""}, "phone", "请写能打通的电话"),
        ({"phone": "12345"}, "phone", "这个电话号码不对"),
        ({"phone": "8221234"}, "phone", "座机请加区号"),
        ({"phone": "+1 202 555 0175"}, "phone", "这个电话号码不对"),
        ({"spot": "三" * 81}, "spot", "最多 80 个字"),
        ({"place_text": "没有的地方"}, "place_text", "没有找到“没有的地方”"),
        ({"place_text": "社区"}, "place_text", "有几个地方都像"),
    ],
)
def test_a_fault_is_named_beside_its_field_and_every_word_stays(city, changes, field, advice):
    typed = form(is_confidential="1", **changes)
    answer = send(city, **typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert advice in page
    assert f'href="#{field}"' in page and f'id="{field}"' in page
    assert f'id="{field}-problem"' in page and 'aria-invalid="true"' in page
    assert 'role="alert"' in page
    kept = fields(answer)
    for name, value in typed.items():
        assert str(kept[name]).split() == str(value).split(), name
    assert not Case.objects.exists()


def test_several_faults_are_listed_together_in_the_order_of_the_page(city):
    page = text_of(send(city, text="", name="", phone="1"))
    assert page.index('href="#text"') < page.index('href="#name"') < page.index('href="#phone"')
    assert "还有 3 处没有填好" in page


def test_the_ticks_and_the_level_stay_too(city):
    kept = fields(send(city, text="", is_sealed="1", accused_level="township", is_anonymous="1"))
    assert (kept["is_sealed"], kept["accused_level"], kept["is_anonymous"]) == (
        "1", "township", "1",
    )  # fmt: skip


def test_what_is_sent_again_after_a_fault_is_filed(city, client):
    again = fields(send(city, client, phone="123"))
    again["phone"] = PHONE
    answer = client.post(f"/q/{city.code.code}", again)
    assert case_behind(answer).text == TEXT


# The place ----------------------------------------------------------------------------------


def test_another_place_is_taken_by_its_name_and_the_code_no_longer_counts(city):
    case = file(city, place_text="隔壁社区")
    assert (case.place, case.unit, case.code) == (city.next_door, city.next_door_unit, None)


def test_of_several_places_one_is_chosen_and_all_words_stay(city, client):
    a_place("620402001009", "颐和西社区", Level.VILLAGE, Kind.COMMUNITY, city.township)
    asked = send(city, client, place_text="颐和")
    assert "颐和西社区" in text_of(asked)
    again = fields(asked) | {"place_choice": "620402001009"}
    assert case_behind(client.post(f"/q/{city.code.code}", again)).place_id == "620402001009"


def test_a_choice_that_belongs_to_other_words_is_not_used(city, client):
    answer = send(
        city, client, place_text="远山村", place_searched="颐和", place_choice=city.yihe.code
    )
    assert case_behind(answer).place == city.far_village


# Once and only once -----------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_case_with_one_receipt(city, client):
    first, second = send(city, client), send(city, client)
    assert case_behind(first) == case_behind(second)
    assert Case.objects.count() == 1
    assert "没有重复登记" in text_of(client.get(second.headers["Location"]))
    assert Message.objects.filter(template="receipt").count() == 1


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "含有中文的一个很长的令牌是不行的吧是的"])
def test_without_a_sound_token_the_same_words_are_still_one_case(city, token):
    send(city, token=token, is_anonymous="1")
    send(city, token=token, is_anonymous="1")
    assert Case.objects.count() == 1


def test_without_a_token_the_same_words_on_another_day_are_another_case(city):
    now = timezone.now()
    with time_machine.travel(now):
        send(city, token="", is_anonymous="1")
    with time_machine.travel(now + timedelta(days=2)):
        send(city, token="", is_anonymous="1")
    assert Case.objects.count() == 2


def test_changed_words_of_the_same_form_are_added_once(city, client):
    case = file(city)
    for _time in range(2):
        answer = send(city, client, text="更正：是四号楼门口的路灯。")
        assert case_behind(answer) == case
        assert "已作为补充记到同一件事里" in text_of(client.get(answer.headers["Location"]))
    added = Entry.objects.filter(case=case, move="add")
    assert [entry.data["words"] for entry in added] == ["更正：是四号楼门口的路灯。"]
    assert Case.objects.get().text == TEXT


def test_changed_words_of_a_closed_case_are_a_new_case(city):
    case = file(city)
    actions_withdraw(case)
    file(city, text="又坏了，还是同一盏灯。")
    assert Case.objects.count() == 2


def actions_withdraw(case: Case) -> None:
    answer = Client().post(f"/t/{case.requester.tracking_token}/withdraw")
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"is_sealed": "1"},
        {"is_confidential": "1"},
        {"is_anonymous": "1"},
        {"phone": "13909430099"},
        {"place_text": "隔壁社区"},
    ],
)
def test_the_same_form_with_another_secrecy_phone_or_place_is_a_case_of_its_own(city, changes):
    case = file(city)
    for _time in range(2):
        other = file(city, **changes)
        assert other != case
    assert Case.objects.count() == 2
    assert not Entry.objects.filter(move="add").exists()


# Complaints about cadres, and emergencies ---------------------------------------------------


def test_a_text_that_sounds_like_a_complaint_about_a_cadre_is_asked_about_first(city, client):
    answer = send(city, client, text=ACCUSATION, is_confidential="1")
    page = text_of(answer)
    assert answer.status_code == 200
    assert "您反映的是干部或单位的问题吗" in page
    assert page.index('name="accusation" value="yes"') < page.index('name="text"')
    assert fields(answer)["text"] == ACCUSATION
    assert not Case.objects.exists() and not Message.objects.exists()

    answer = client.post(f"/q/{city.code.code}", fields(answer) | {"accusation": "yes"})
    case = case_behind(answer)
    assert (case.is_sealed, case.unit) == (True, city.inspection)
    told = {message.phone for message in Message.objects.filter(is_duty=True)}
    assert told == {city.inspector.phone}


def test_who_says_no_is_handled_as_usual(city):
    case = file(city, text=ACCUSATION, accusation="no")
    assert (case.is_sealed, case.unit) == (False, city.yihe_unit)


def test_a_ticked_box_asks_nothing_further_and_keeps_the_level(city):
    case = file(city, text=ACCUSATION, is_sealed="1", accused_level="township")
    assert (case.is_sealed, case.accused_level) == (True, "township")


def test_an_invented_level_counts_as_unknown(city):
    assert file(city, is_sealed="1", accused_level="emperor").accused_level == "unknown"


def test_the_receipt_of_a_sealed_report_does_not_name_the_village(city, client):
    answer = send(city, client, text=ACCUSATION, is_sealed="1")
    page = text_of(client.get(answer.headers["Location"]))
    assert "上级督查岗" in page
    assert "颐和社区居委会" not in page


def test_an_emergency_is_filed_at_once_and_answered_with_the_numbers_first(city, client):
    answer = send(city, client, text=EMERGENCY)
    case = case_behind(answer)
    page = text_of(client.get(answer.headers["Location"]))
    assert case.urgency == "danger"
    assert "听起来很急" in page
    assert page.index('href="tel:119"') < page.index(case.number)


def test_an_ordinary_receipt_shouts_nothing(city, client):
    answer = send(city, client)
    assert "听起来很急" not in text_of(client.get(answer.headers["Location"]))


# Photos and voice ---------------------------------------------------------------------------


def test_photos_belong_to_the_case(city):
    case = file(city, photos=[a_file(a_photo()), a_file(a_photo(seed=9), "two.jpg")])
    assert Attachment.objects.filter(owner=case.subject, part="report").count() == 2


def test_good_photos_survive_a_fault_elsewhere_and_need_not_be_sent_again(city, client):
    asked = send(city, client, phone="123", photos=[a_file(a_photo())])
    assert "已收到 1 张照片" in text_of(asked)
    again = fields(asked) | {"phone": PHONE}
    case = case_behind(client.post(f"/q/{city.code.code}", again))
    assert Attachment.objects.get().owner == case.subject


def test_a_kept_photo_can_be_left_out_again(city, client):
    asked = send(city, client, phone="123", photos=[a_file(a_photo())])
    again = fields(asked) | {"phone": PHONE, "drop": str(Attachment.objects.get().pk)}
    assert client.post(f"/q/{city.code.code}", again).status_code == 303
    assert not Attachment.objects.exists()


def test_a_stranger_cannot_remove_a_photo_that_is_not_theirs(city, client):
    send(city, client, phone="123", photos=[a_file(a_photo())])
    photo = Attachment.objects.get()
    send(city, client, token="another-form-token-01", phone="123", kept="1", drop=str(photo.pk))
    assert Attachment.objects.filter(pk=photo.pk).exists()


def test_a_file_that_is_no_photo_is_named_and_the_words_stay(city, client):
    asked = send(city, client, photos=[a_file(b"%PDF-1.7 not a photo", "scan.jpg")])
    page = text_of(asked)
    assert asked.status_code == 422
    assert "scan.jpg" in page and 'href="#photos"' in page
    assert fields(asked)["text"] == TEXT
    assert not Case.objects.exists()


def test_a_photo_beyond_the_limit_is_named_and_the_words_stay(city, client, settings):
    settings.PHOTO_LIMIT = 2000
    asked = send(city, client, photos=[a_file(a_photo(size=(2000, 2000)), "huge.jpg")])
    assert asked.status_code == 422
    assert "huge.jpg" in text_of(asked)
    assert fields(asked)["text"] == TEXT


def test_a_voice_message_is_enough_without_words(city):
    case = file(city, text="", voice=a_file(webm(3), "voice.webm"))
    assert case.text == ""
    assert Attachment.objects.get(owner=case.subject).kind == "voice"


def test_two_voice_messages_without_words_are_two_cases(city):
    file(city, text="", voice=a_file(webm(3), "voice.webm"))
    file(city, text="", token="another-form-token-01", voice=a_file(webm(4), "voice.webm"))
    assert Case.objects.count() == 2


def test_sending_the_same_photos_again_adds_nothing(city):
    case = file(city, photos=[a_file(a_photo())])
    assert file(city, photos=[a_file(a_photo())]) == case
    assert not Entry.objects.filter(move="add").exists()


def test_a_further_photo_in_a_second_sending_is_added(city):
    case = file(city, photos=[a_file(a_photo())])
    file(city, photos=[a_file(a_photo(seed=9))])
    entry = Entry.objects.get(case=case, move="add")
    assert Attachment.objects.filter(owner=case.subject, part=f"entry:{entry.seq}").count() == 1


# Floods and failures ------------------------------------------------------------------------


def test_too_many_reports_from_one_address_are_held_back_and_the_words_stay(city, client, settings):
    settings.REPORTS_PER_ADDRESS_AN_HOUR = 2
    for number in range(2):
        file(city, token=f"form-token-number-{number}", text=f"第{number}件事情，请处理。")
    answer = send(city, client, text="第三件事情，请处理。")
    assert answer.status_code == 429
    assert "提交得太多了" in text_of(answer) and "12345" in text_of(answer)
    assert fields(answer)["text"] == "第三件事情，请处理。"
    assert Case.objects.count() == 2


def test_too_many_reports_from_one_phone_are_held_back(city, client, settings):
    settings.REPORTS_PER_PHONE_A_DAY = 1
    file(city)
    answer = send(city, client, token="another-form-token-01", text="另外一件事情。")
    assert answer.status_code == 429
    assert file(city, token="third-form-token-0001", phone="13909430042")


def test_a_lost_receipt_is_found_again_even_over_the_limit(city, settings):
    settings.REPORTS_PER_ADDRESS_AN_HOUR = 1
    assert file(city) == file(city)


def test_faults_do_not_count_as_reports(city, settings):
    settings.REPORTS_PER_ADDRESS_AN_HOUR = 1
    for _time in range(3):
        assert send(city, phone="123").status_code == 422
    assert file(city)


def test_files_without_end_are_held_back_before_they_are_looked_at(city, client, settings):
    settings.REPORTS_PER_ADDRESS_AN_HOUR = 1
    for seed in range(4):
        send(city, client, phone="123", photos=[a_file(a_photo(seed=seed))])
    answer = send(city, client, phone="123", photos=[a_file(a_photo(seed=5))])
    assert answer.status_code == 429
    assert fields(answer)["text"] == TEXT


@pytest.mark.parametrize("error", [OperationalError("database is locked"), OSError(28, "full")])
def test_when_nothing_can_be_stored_the_words_stay_and_nobody_is_named_in_the_log(
    city, client, monkeypatch, caplog, error
):
    def fail(*_arguments, **_facts):
        raise error

    monkeypatch.setattr(views, "file_report", fail)
    answer = send(city, client)
    assert answer.status_code == 503
    assert "没有提交成功，您写的内容还在" in text_of(answer) and "12345" in text_of(answer)
    assert fields(answer)["text"] == TEXT
    assert fields(answer)["token"] == TOKEN
    assert "could not be stored" in caplog.text
    assert PHONE not in caplog.text and TEXT not in caplog.text


def test_when_not_even_the_code_can_be_read_the_words_stay(city, client, monkeypatch):
    def fail(_text):
        raise DatabaseError("gone")

    monkeypatch.setattr(views, "look_up", fail)
    answer = send(city, client)
    assert answer.status_code == 503
    assert fields(answer)["text"] == TEXT
    monkeypatch.undo()
    assert case_behind(client.post(f"/q/{city.code.code}", fields(answer))).text == TEXT


def test_a_failure_half_way_leaves_nothing_behind(city, client, monkeypatch):
    def fail(_drafts):
        raise DatabaseError("no room")

    monkeypatch.setattr(actions, "queue", fail)
    assert send(city, client).status_code == 503
    assert not Case.objects.exists() and not Entry.objects.exists()


# The page -----------------------------------------------------------------------------------


def test_the_form_with_its_styles_and_script_weighs_at_most_thirty_kilobytes(city, client):
    static = Path(mashang.__file__).parent / "static"
    parts = [
        client.get(f"/q/{city.code.code}").content,
        (static / "mashang.css").read_bytes(),
        (static / "resident.js").read_bytes(),
        (static / "mashang.svg").read_bytes(),
    ]
    assert sum(len(gzip.compress(part)) for part in parts) <= 30 * 1024


def test_the_page_holds_no_inline_script_or_style(city, client):
    page = text_of(send(city, client, text="", phone="1"))
    assert "<script>" not in page and "<style" not in page
    assert " style=" not in page and " onclick" not in page


def test_every_field_has_a_label(city, client):
    page = text_of(client.get(f"/q/{city.code.code}"))
    for field in ("text", "name", "phone", "spot", "place_text", "photos", "voice"):
        assert f'<label for="{field}"' in page


def test_opening_the_form_asks_the_database_little(city, client, django_assert_max_num_queries):
    client.get(f"/q/{city.code.code}")
    with django_assert_max_num_queries(2):
        client.get(f"/q/{city.code.code}")
