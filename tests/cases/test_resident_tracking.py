"""Following a case by its link: what is told, what can be done, and what is nobody else's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from builders import NAME, PHONE, a_filed, staff
from mashang.attachments.models import Attachment
from mashang.cases.actions.moving import advance
from mashang.cases.flow import FILED, MOVES, PHASES, State, Who
from mashang.cases.models import Case, Entry, Rating
from mashang.cases.resident_timeline import SENTENCES, STATUSES
from mashang.cases.views_resident import tracking as tracking_views
from mashang.core.ids import sign_key
from mashang.people.actors import SYSTEM
from pictures import a_photo
from residents import a_file, fields, file, text_of, tracking

INSIDE = "内部情况：此人经常来访，先放一放。"


@pytest.fixture
def case(city):
    return a_filed(city).case


@pytest.fixture
def zhang(city):
    return staff(city.zhang)


@pytest.fixture
def answered(case, zhang):
    advance(case, "contact_reached", by=zhang, words=INSIDE)
    advance(case, "answer", by=zhang, words=INSIDE, answer="井盖今天上午换好了。")
    return Case.objects.get(pk=case.pk)


def page_of(case: Case, client: Client | None = None) -> str:
    answer = (client or Client()).get(tracking(case))
    assert answer.status_code == 200
    return text_of(answer)


def do(case: Case, action: str, **typed: object):
    return Client().post(tracking(case, f"/{action}"), typed)


def state_of(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


# What is told -------------------------------------------------------------------------------


def test_every_public_move_and_every_state_has_plain_words():
    public = {move.name for move in MOVES.values() if move.is_public}
    assert SENTENCES.keys() == public | {FILED}
    assert STATUSES.keys() == set(State) == set(PHASES)


def test_a_new_case_shows_who_has_it_and_how_long_until_the_call(city):
    with time_machine.travel("2026-11-25T10:00:00+08:00", tick=False):
        case = a_filed(city).case
    with time_machine.travel("2026-11-25T10:12:00+08:00", tick=False):
        page = page_of(case)
    assert case.number in page and case.text in page
    assert "已经交给颐和社区居委会" in page
    assert "10:30 前给您打电话（还有 18 分钟）" in page


def test_a_missed_call_is_admitted(city):
    with time_machine.travel("2026-11-25T10:00:00+08:00", tick=False):
        case = a_filed(city).case
    with time_machine.travel("2026-11-25T11:00:00+08:00", tick=False):
        page = page_of(case)
    assert "已经晚了 30 分钟" in page and "逐级提醒上级" in page


def test_the_identity_is_masked(case):
    page = page_of(case)
    assert "何**" in page and "139****1234" in page
    assert NAME not in page and PHONE not in page


def test_the_staff_are_named_by_their_unit_and_their_inner_words_stay_inside(answered, city, zhang):
    page = page_of(answered)
    assert "颐和社区居委会打电话联系了您" in page
    assert "井盖今天上午换好了。" in page
    assert INSIDE not in page
    for person in (city.zhang, city.li, city.lead, city.dispatcher):
        assert person.name not in page


def test_notes_returns_and_escalations_are_not_told(city, case, zhang):
    advance(case, "note", by=zhang, words=INSIDE)
    advance(case, "ask_return", by=zhang, words="不归我们管")
    page = page_of(case)
    assert INSIDE not in page and "不归我们管" not in page and "退单" not in page
    assert "正在办理" in page


def test_a_refused_case_tells_the_reason_and_where_to_turn(city, case):
    advance(
        case, "decline", by=staff(city.dispatcher),
        words="正在法院审理。", channel="请向审理的法院反映。",
    )  # fmt: skip
    page = page_of(case)
    assert "正在法院审理。" in page and "请向审理的法院反映。" in page


def test_a_redispatched_case_names_the_new_unit_and_not_why(city, case):
    advance(case, "redispatch", by=staff(city.dispatcher), unit=city.next_door_unit, words=INSIDE)
    page = page_of(case)
    assert "转给隔壁社区居委会办理" in page and INSIDE not in page


def test_a_sealed_case_never_names_the_village_nor_anyone_of_it(city):
    case = a_filed(city, is_sealed=True, accused_level="village").case
    inspector = staff(city.inspector)
    advance(case, "contact_reached", by=inspector, words=INSIDE)
    advance(case, "ask_resident", by=inspector, words="请说说是哪一天。")
    page = page_of(case)
    assert "上级督查岗请您补充情况" in page and "请说说是哪一天。" in page
    for words in ("居委会", "白银区督查岗", INSIDE, city.inspector.name, city.zhang.name):
        assert words not in page


def test_a_code_on_another_page_stays_words(city):
    case = a_filed(city, text="<img src=x onerror=alert(1)>坏了").case
    assert "<img src=x" not in page_of(case)


def test_tracking_sets_no_cookie_and_is_stored_nowhere(case, client):
    answer = client.get(tracking(case))
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("additions", [1, 3])
def test_three_entries_take_no_more_queries_than_one(
    case, client, django_assert_max_num_queries, additions
):
    for number in range(additions):
        do(case, "add", words=f"第{number}次补充")
    address = tracking(case)
    client.get(address)
    with django_assert_max_num_queries(4):
        client.get(address)


# Whose it is --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "/withdraw", "/data", "/erase", f"/files/{UUID(int=1)}"])
def test_a_forged_link_opens_nothing(city, case, client, page):
    token = case.requester.tracking_token
    other = a_filed(city).case
    forged = [
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        sign_key("track", other.pk, case.requester.salt),
        sign_key("order", case.pk, case.requester.salt),
        sign_key("track", 10**9, "salt"),
        "x", "é" * 13, token + token,
    ]  # fmt: skip
    for wrong in forged:
        assert client.get(f"/t/{wrong}{page}").status_code == 404, wrong
        assert client.get(f"/r/{wrong}").status_code == 404


def test_a_forged_link_changes_nothing(case, client):
    token = case.requester.tracking_token
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert client.post(f"/t/{wrong}/withdraw").status_code == 404
    assert state_of(case) == State.DISPATCHED


def test_a_link_made_before_the_salt_changed_is_dead(case, client):
    address = tracking(case)
    case.requester.salt = "another"
    case.requester.save()
    assert client.get(address).status_code == 404


def test_the_photos_of_the_report_are_shown_to_its_requester(city, client):
    case = file(city, photos=[a_file(a_photo())])
    photo = Attachment.objects.get()
    assert f"/files/{photo.pk}" in page_of(case)
    for size in ("", "?small"):
        answer = client.get(tracking(case, f"/files/{photo.pk}{size}"))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")


def test_files_of_another_case_are_not_found(city, client):
    file(city, photos=[a_file(a_photo())])
    other = a_filed(city).case
    photo = Attachment.objects.get()
    assert client.get(tracking(other, f"/files/{photo.pk}")).status_code == 404


def test_drafts_and_inner_photos_are_not_found_and_not_shown(city, case, client):
    file(city, photos=[a_file(a_photo())], text="另一件事情在这里。", token="b" * 20)
    photo = Attachment.objects.get()
    for owner, part in ((case.subject, "internal:2"), (case.subject, ""), ("draft:x", "report")):
        Attachment.objects.filter(pk=photo.pk).update(owner=owner, part=part)
        assert client.get(tracking(case, f"/files/{photo.pk}")).status_code == 404
        assert str(photo.pk) not in page_of(case)
    Attachment.objects.filter(pk=photo.pk).update(owner=case.subject, part="entry:1")
    assert client.get(tracking(case, f"/files/{photo.pk}")).status_code == 200


# What can be done ---------------------------------------------------------------------------


def test_words_and_photos_are_added_and_the_assignee_hears(case):
    answer = do(case, "add", words="今天又有人踩空了。", photos=a_file(a_photo()))
    assert answer.status_code == 303
    entry = Entry.objects.get(case=case, move="add")
    assert entry.data["words"] == "今天又有人踩空了。"
    assert Attachment.objects.get().part == f"entry:{entry.seq}"
    assert "今天又有人踩空了。" in page_of(case)


def test_photos_alone_are_an_addition_too(case):
    assert do(case, "add", words="", photos=a_file(a_photo())).status_code == 303
    assert "（补充照片）" in page_of(case)


def test_an_empty_addition_says_what_to_do(case):
    answer = do(case, "add", words=" ")
    assert answer.status_code == 422
    assert "请写几句要补充的话" in text_of(answer)


def test_a_second_tap_adds_nothing(case):
    do(case, "add", words="再说一遍。")
    assert do(case, "add", words="再说一遍。").status_code == 303
    assert Entry.objects.filter(case=case, move="add").count() == 1


def test_the_same_words_another_day_are_added_again(case):
    do(case, "add", words="还是没有人来。")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        do(case, "add", words="还是没有人来。")
    assert Entry.objects.filter(case=case, move="add").count() == 2


def test_a_bad_photo_keeps_the_words_and_the_good_photo(case, client):
    answer = do(case, "add", words="看照片。", photos=[a_file(b"no"), a_file(a_photo())])
    assert answer.status_code == 422
    kept = fields(answer)
    assert kept["words"] == "看照片。" and "已收到 1 张照片" in text_of(answer)
    form = {"token": kept["token"], "kept": "1", "words": "看照片。"}
    assert client.post(tracking(case, "/add"), form).status_code == 303
    assert Attachment.objects.get().owner == case.subject


def test_too_long_an_addition_keeps_every_word(case):
    answer = do(case, "add", words="长" * 2001)
    assert answer.status_code == 422
    assert "长" * 2001 in text_of(answer) and "请删去 1 个字" in text_of(answer)


def test_a_question_is_answered_by_adding(case, zhang):
    advance(case, "acknowledge", by=zhang)
    advance(case, "ask_resident", by=zhang, words="是哪个单元？")
    assert "是哪个单元？" in page_of(case)
    do(case, "add", words="二单元。")
    assert state_of(case) == State.HANDLING
    assert Entry.objects.get(case=case, move="reply").data["words"] == "二单元。"


def test_chasing_works_once_a_day_and_a_second_tap_is_no_error(case):
    assert do(case, "chase").status_code == 303
    assert do(case, "chase").status_code == 303
    assert "催一催" not in page_of(case)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        answer = do(case, "chase")
        assert answer.status_code == 422
        assert "您今天已经催过了" in text_of(answer)
    assert Entry.objects.filter(case=case, move="chase").count() == 1


def test_withdrawing_asks_first(case, client):
    page = text_of(client.get(tracking(case, "/withdraw")))
    assert "撤回不能取消" in page
    assert state_of(case) == State.DISPATCHED
    assert do(case, "withdraw", words="已经好了").status_code == 303
    assert state_of(case) == State.WITHDRAWN
    assert do(case, "withdraw").status_code == 303
    assert "您撤回了这件事" in page_of(case)


def test_too_many_words_for_withdrawing_are_kept(case):
    answer = do(case, "withdraw", words="长" * 2001)
    assert answer.status_code == 422
    assert "长" * 2001 in text_of(answer)
    assert state_of(case) == State.DISPATCHED


def test_a_solved_case_is_rated(answered):
    assert "解决了吗" in page_of(answered)
    answer = do(answered, "rate", is_solved="yes", score="satisfied", words="谢谢")
    assert answer.status_code == 303
    assert state_of(answered) == State.CONFIRMED
    rating = Rating.objects.get()
    assert (rating.is_solved, rating.score, rating.words) == (True, "satisfied", "谢谢")
    assert "您说解决了，评价：满意。" in page_of(answered)
    assert "解决了吗" not in page_of(answered)


def test_an_unsolved_case_is_disputed(answered):
    do(answered, "rate", is_solved="no", score="dissatisfied", words="又坏了")
    assert state_of(answered) == State.CLOSED
    assert not Rating.objects.get().is_solved


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ({"score": "fair"}, "请选择“解决了”或“没有解决”"),
        ({"is_solved": "yes"}, "请选择满意、基本满意或不满意"),
        ({"is_solved": "yes", "score": "bribed"}, "请选择满意、基本满意或不满意"),
    ],
)
def test_half_a_rating_says_what_is_missing_and_keeps_the_words(answered, typed, advice):
    answer = do(answered, "rate", words="我的话还在", **typed)
    assert answer.status_code == 422
    assert advice in text_of(answer) and "我的话还在" in text_of(answer)
    assert not Rating.objects.exists()


def test_what_is_not_solved_is_reopened_once(answered, city):
    assert "没有解决，请重新办理" in page_of(answered)
    assert do(answered, "reopen", words="没有修好").status_code == 303
    assert state_of(answered) == State.DISPATCHED
    zhang = staff(city.zhang)
    case = Case.objects.get(pk=answered.pk)
    advance(case, "contact_reached", by=zhang)
    advance(case, "answer", by=zhang, words="重修", answer="又修了一遍。")
    assert "没有解决，请重新办理" not in page_of(case)
    answer = do(case, "reopen", words="还是没有修好")
    assert answer.status_code == 422
    assert "已经重办过一次" in text_of(answer)


def test_reopening_needs_words(answered):
    answer = do(answered, "reopen", words="")
    assert answer.status_code == 422
    assert "请写一写还有什么没有解决" in text_of(answer)
    assert state_of(answered) == State.ANSWERED


def test_after_fifteen_days_it_is_too_late_to_reopen(answered):
    with time_machine.travel(datetime.now(UTC) + timedelta(days=16)):
        assert "没有解决，请重新办理" not in page_of(answered)
        answer = do(answered, "reopen", words="又坏了")
        assert answer.status_code == 422
        assert "15 天" in text_of(answer) and "又坏了" in text_of(answer)


def test_a_move_that_came_too_late_tells_the_news_and_not_what_the_staff_did(case, city):
    advance(case, "acknowledge", by=staff(city.zhang))
    advance(case, "ask_return", by=staff(city.zhang), words="不归我们管")
    answer = do(case, "rate", is_solved="yes", score="fair", words="我的话还在")
    assert answer.status_code == 422
    assert "这件事刚刚有了变化" in text_of(answer)
    assert "不属于本单位" not in text_of(answer)


def test_an_expired_case_can_still_be_confirmed(answered):
    advance(answered, "expire", by=SYSTEM)
    assert "后来解决了吗" in page_of(answered)
    do(answered, "rate", is_solved="yes", score="fair")
    assert state_of(answered) == State.CONFIRMED


@pytest.mark.parametrize("action", ["add", "reopen", "rate"])
def test_when_nothing_can_be_stored_the_words_stay(answered, monkeypatch, caplog, action):
    def fail(*_arguments, **_facts):
        raise OperationalError("database is locked")

    monkeypatch.setattr(tracking_views, "advance", fail)
    answer = do(answered, action, words="我的话还在", is_solved="yes", score="fair")
    assert answer.status_code == 503
    assert "没有提交成功" in text_of(answer) and "我的话还在" in text_of(answer)
    assert "could not be stored" in caplog.text and "我的话还在" not in caplog.text


@pytest.mark.parametrize("action", ["dispatch", "answer", "erase2", "note", "look"])
def test_moves_of_the_staff_are_no_addresses_here(case, action):
    assert do(case, action, words="试试", answer="试试").status_code == 404


def test_all_that_the_flow_gives_the_requester_is_offered_somewhere():
    offered = {"add", "reply", "chase", "withdraw", "confirm", "dispute", "reopen"}
    given = {move.name for move in MOVES.values() if Who.REQUESTER in move.who}
    offered |= {"contact_confirmed", "contact_denied", "contact_denied_later"}
    assert given == offered | {"erase", "export"}


def test_what_a_step_asks_for_by_get_leads_back_to_the_case(case, client):
    answer = client.get(tracking(case, "/chase"))
    assert answer.status_code == 303
    assert answer.headers["Location"] == tracking(case)
    assert not Entry.objects.filter(move="chase").exists()


def test_a_waiting_question_stands_above_the_field_for_the_reply(case, zhang):
    advance(case, "acknowledge", by=zhang)
    advance(case, "ask_resident", by=zhang, words="是哪个单元？")
    page = page_of(case)
    assert page.index("是哪个单元？") < page.index('id="add-words"') < page.index("经过")


def test_the_photos_of_an_answer_are_shown_with_it(answered, city, client):
    file(city, photos=[a_file(a_photo())], text="另一件事情在这里。", token="b" * 20)
    seq = answered.entries.get(move="answer").seq
    Attachment.objects.update(owner=answered.subject, part=f"entry:{seq}")
    page = page_of(answered)
    assert page.index(str(Attachment.objects.get().pk)) < page.index("解决了吗")
