"""Photos of an answer, and what a refusal, a second tap or a faster colleague leaves."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from builders import staff
from mashang.attachments.models import Attachment
from mashang.cases import order_moves
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from pictures import a_photo
from visits import desk_of, fresh

pytestmark = pytest.mark.django_db


def reached(case, city):
    advance(case, "contact_reached", by=staff(city.zhang))


# Photos ------------------------------------------------------------------------------------------


def a_file(seed: int = 0) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", a_photo((64, 64), seed=seed), "image/jpeg")


def parts(case: Case) -> list[str]:
    return sorted(Attachment.objects.filter(owner=case.subject).values_list("part", flat=True))


def test_photos_of_an_answer_are_public_unless_said_otherwise(city, zhang, case):
    reached(case, city)
    zhang.look()
    entry = zhang.made("answer", words="换了", answer="换好了。", photos=[a_file(0), a_file(200)])
    assert parts(case) == [f"entry:{entry.seq}"] * 2


def test_inner_photos_are_kept_as_such(city, zhang, case):
    reached(case, city)
    zhang.look()
    entry = zhang.made(
        "answer", words="换了", answer="换好了。", photos=[a_file()], is_internal="on"
    )
    assert parts(case) == [f"internal:{entry.seq}"]


def test_photos_of_a_refused_answer_need_not_be_chosen_again(city, zhang, case):
    reached(case, city)
    zhang.look()
    shown = zhang.refused("answer", "请写给诉求人看的答复", words="换了", photos=[a_file()])
    assert "上次选的 1 张还在" in shown
    entry = zhang.made("answer", words="换了", answer="换好了。")
    assert parts(case) == [f"entry:{entry.seq}"]


def test_photos_that_wait_may_be_dropped(city, zhang, case):
    reached(case, city)
    zhang.look()
    zhang.refused("answer", "请写给诉求人看的答复", words="换了", photos=[a_file()])
    zhang.made("answer", words="换了", answer="换好了。", drop_kept="on")
    assert parts(case) == []


def test_a_file_that_is_no_photo_is_named_and_nothing_is_answered(city, zhang, case):
    reached(case, city)
    zhang.look()
    fake = SimpleUploadedFile("合同.jpg", b"%PDF-1.7 not a photo", "image/jpeg")
    shown = zhang.refused("answer", "合同.jpg", words="换了", answer="换好了。", photos=[fake])
    assert "换好了。" in shown


# Two at once, twice, too late --------------------------------------------------------------------


def test_of_two_at_once_one_wins_and_the_other_learns_who_was_faster(city, zhang, case):
    slower = desk_of(city.li, case)
    zhang.made("acknowledge")
    shown = slower.refused("acknowledge", "张桂兰在 12:00 已经办了“签收”，比您快一步", status=409)
    assert case.number in shown


def test_the_words_of_whoever_came_too_late_are_kept_though_the_move_is_gone(city, zhang, case):
    slower = desk_of(city.li, case)
    zhang.made("contact_reached")
    zhang.made("answer", words="换了井盖", answer="已经换好。")
    shown = slower.refused(
        "answer", "比您快一步", status=409, words="我写了很久的记录", answer="我写了很久的答复"
    )
    assert "我写了很久的记录" in shown
    assert "我写了很久的答复" in shown
    assert fresh(case).answer == "已经换好。"


def test_two_taps_make_one_entry_and_both_say_it_is_done(zhang, case):
    for move in ("acknowledge", "contact_missed"):
        zhang.look()
        first = zhang.again(move)
        second = zhang.again(move)
        assert (first.status_code, second.status_code) == (302, 302)
        assert case.entries.filter(move=move).count() == 1


def test_the_same_call_missed_later_is_a_second_one(zhang, case):
    zhang.made("contact_missed")
    zhang.made("contact_missed")
    assert case.entries.filter(move="contact_missed").count() == 2


def test_two_taps_on_answer_leave_no_photo_behind(city, zhang, case):
    reached(case, city)
    zhang.look()
    for _tap in range(2):
        zhang.again("answer", words="换了", answer="换好了。", photos=[a_file()])
    assert len(parts(case)) == 1
    assert Attachment.objects.count() == 1


def test_a_move_without_what_was_seen_is_made_all_the_same(city, zhang, case):
    zhang.seen = ""
    assert zhang.made("acknowledge").move == "acknowledge"


def test_where_the_database_takes_nothing_the_words_are_kept(zhang, monkeypatch):
    def locked(*_case: object, **_facts: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(order_moves, "advance", locked)
        shown = zhang.refused("note", "系统正忙", status=503, words="物业明天来")
    assert "物业明天来" in shown
    assert zhang.made("note", words="物业明天来").move == "note"
