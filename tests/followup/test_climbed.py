"""What has climbed to a leader: at the desk, and by the link of an escalation on a phone."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_filed, staff
from follow_ups import MORNING
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.messaging.models import Message
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
WORDS = "请马上给诉求人打电话，今天下班前报告结果。"


def climb(*, upto: int, start: datetime = MORNING) -> None:
    """The worker looks every ten minutes, for so many minutes."""
    for minute in range(20, upto + 1, 10):
        look_at_due(at=start + timedelta(minutes=minute))


def later(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


@pytest.fixture
def case(city):
    """Nobody phoned for two hours."""
    case = a_filed(city, at=MORNING, text="三号楼的路灯坏了").case
    climb(upto=120)
    return case


def shown_to(account, *, at: datetime, path: str = "/desk/climbed") -> str:
    with time_machine.travel(at, tick=False):
        return text_of(at_desk(account).get(path))


def test_a_leader_sees_what_climbed_why_since_when_and_who_heard_before(city, case):
    shown = shown_to(city.county_leader, at=later(125))
    assert "上报到您这里的 1 件" in shown
    assert "三号楼的路灯坏了" in shown
    assert "回电已超时 95 分钟" in shown or "回电已超时 1 小时" in shown
    assert "到您这里 35 分钟" in shown
    assert "乡镇（街道）政法委员（王政法）" in shown
    assert case.number in shown


def test_the_one_that_waits_longest_comes_first(city, case):
    second = a_filed(city, at=later(30), text="下水道堵了").case
    for minute in (50, 60, 90, 120, 130):
        look_at_due(at=later(minute))
    shown = shown_to(city.commissioner, at=later(130))
    assert 0 < shown.index(f'id="case-{case.number}"') < shown.index(f'id="case-{second.number}"')


def test_what_somebody_took_up_is_off_the_list(city, case):
    advance(case, "contact_reached", by=staff(city.zhang), at=later(121))
    assert "现在没有上报到您这里的事项" in shown_to(city.county_leader, at=later(125))


def test_what_has_not_climbed_that_far_is_not_there(city, case):
    assert "现在没有上报到您这里的事项" in shown_to(city.county_secretary, at=later(125))
    assert "三号楼的路灯坏了" not in shown_to(city.county_secretary, at=later(125))


@pytest.mark.parametrize("who", ["zhang", "dispatcher", "operator", "auditor", "county_duty"])
def test_for_whoever_leads_nothing_there_is_no_such_page(city, case, who):
    browser = at_desk(getattr(city, who))
    assert browser.get("/desk/climbed").status_code == 404
    answer = browser.post(f"/desk/climbed/{case.number}", {"words": WORDS})
    assert answer.status_code == 404
    assert not case.entries.filter(move="instruct").exists()


def test_the_accused_see_nothing_of_a_sealed_matter_that_climbed(city):
    a_filed(city, at=MORNING, text="书记收钱", is_sealed=True, accused_level="village")
    climb(upto=120)
    for who in (city.commissioner, city.county_leader, *city.heads):
        assert "书记收钱" not in shown_to(who, at=later(125))
    assert "书记收钱" in shown_to(city.inspection_lead, at=later(125))


# One tap to instruct -----------------------------------------------------------------------------


def test_an_instruction_is_an_entry_and_an_sms_and_leads_back_to_the_list(city, case):
    with time_machine.travel(later(125), tick=False):
        browser = at_desk(city.county_leader)
        answer = browser.post(
            f"/desk/climbed/{case.number}", {"words": WORDS, "seen": case.entries.count()}
        )
        assert answer.status_code == 302
        assert answer.url == "/desk/climbed"
        shown = text_of(browser.get(answer.url))
    assert f"已批示 {case.number}" in shown
    entry = case.entries.get(move="instruct")
    assert (entry.account, entry.data["words"]) == (city.county_leader, WORDS)
    assert Message.objects.filter(subject=case.subject, template="instructed").exists()


def test_two_taps_instruct_once(city, case):
    seen = case.entries.count()
    with time_machine.travel(later(125), tick=False):
        browser = at_desk(city.county_leader)
        for _tap in range(2):
            browser.post(f"/desk/climbed/{case.number}", {"words": WORDS, "seen": seen})
    assert case.entries.filter(move="instruct").count() == 1


def test_an_instruction_without_words_says_what_is_missing(city, case):
    with time_machine.travel(later(125), tick=False):
        answer = at_desk(city.county_leader).post(f"/desk/climbed/{case.number}", {"words": " "})
    assert answer.status_code == 409
    assert "请写几句说明" in text_of(answer)


def test_words_for_a_matter_that_is_answered_by_now_are_not_lost(city, case):
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=later(121))
    advance(case, "answer", by=zhang, at=later(122), words="换了", answer="已换好。")
    with time_machine.travel(later(125), tick=False):
        answer = at_desk(city.county_leader).post(f"/desk/climbed/{case.number}", {"words": WORDS})
    assert answer.status_code == 409
    assert f'<textarea id="kept" readonly rows="3">{WORDS}</textarea>' in text_of(answer)


def test_a_prepared_sentence_is_filled_in_without_any_script(city, case):
    path = f"/desk/climbed?for={case.number}&sentence=1"
    shown = shown_to(city.county_leader, at=later(125), path=path)
    assert f">\n{WORDS}</textarea>" in shown
    order = f"/desk/cases/{case.number}"
    for number, is_there in (("1", True), ("99", False), ("x", False)):
        page = shown_to(city.county_leader, at=later(125), path=f"{order}?sentence={number}")
        assert (f">\n{WORDS}</textarea>" in page) == is_there


# By the link of an escalation --------------------------------------------------------------------


def test_the_link_of_one_escalation_leads_to_all_that_climbed(city, case):
    second = a_filed(city, at=later(1), text="下水道堵了").case
    climb(upto=140)
    link = link_of(case, city.county_leader)
    with time_machine.travel(later(141), tick=False):
        phone = bound_phone(link)
        order = text_of(phone.get(address(link)))
        assert f'href="{address(link, "/climbed")}"' in order
        shown = text_of(phone.get(address(link, "/climbed")))
        assert case.number in shown
        assert "下水道堵了" in shown
        assert "/desk/" not in shown.split("<main")[1]
        other = link_of(second, city.county_leader)
        answer = phone.post(address(other, "/climbed"), {"words": WORDS, "seen": "99"})
        assert answer.status_code == 302
        assert answer.url == address(other, "/climbed")
        assert phone.get(answer.url).status_code == 200
    assert second.entries.filter(move="instruct").count() == 1


def test_a_cadres_link_leads_to_no_such_page(city, case):
    link = link_of(case, city.zhang)
    with time_machine.travel(later(141), tick=False):
        phone = bound_phone(link)
        assert phone.get(address(link, "/climbed")).status_code == 404
        assert phone.post(address(link, "/climbed"), {"words": WORDS}).status_code == 404
        assert "上报到我的全部事项" not in text_of(phone.get(address(link)))


def test_the_page_asks_as_often_for_three_as_for_one(city):
    def count() -> int:
        with time_machine.travel(later(131), tick=False):
            browser = at_desk(city.commissioner)
            browser.get("/desk/climbed")  # what a first look puts into memory is there
            with CaptureQueriesContext(connection) as queries:
                browser.get("/desk/climbed")
        return len(queries)

    a_filed(city, at=MORNING)
    climb(upto=60)
    for_one = count()
    for minute in (1, 2):
        a_filed(city, at=later(minute))
    climb(upto=130)
    assert count() == for_one <= 17


def mine(city, *, at: datetime) -> str:
    return shown_to(city.county_leader, at=at).partition("我的批示")[2]


def test_a_leader_sees_what_became_of_each_instruction(city, case):
    assert mine(city, at=later(125)) == ""
    leader, zhang = staff(city.county_leader), staff(city.zhang)
    advance(case, "instruct", by=leader, at=later(125), words=WORDS)
    due = case.clocks.get(name="instruction").due_at
    waiting = mine(city, at=later(126))
    assert f"批示：{WORDS}" in waiting
    assert "等报告，应在" in waiting
    assert "报告已超时（应在" in mine(city, at=due + timedelta(minutes=1))
    advance(case, "contact_reached", by=zhang, at=later(130))
    advance(case, "report_instruction", by=zhang, at=later(140), words="人已到现场")
    reported = mine(city, at=later(150))
    assert "报告：人已到现场" in reported
    assert "等报告" not in reported
    assert "人已到现场" not in mine(city, at=later(140) + timedelta(days=15))


def test_what_another_leader_asks_later_is_not_waited_for_in_ones_own_name(city, case):
    advance(case, "instruct", by=staff(city.county_leader), at=later(125), words=WORDS)
    advance(case, "contact_reached", by=staff(city.zhang), at=later(130))
    advance(case, "report_instruction", by=staff(city.zhang), at=later(140), words="人已到现场")
    advance(case, "instruct", by=staff(city.commissioner), at=later(150), words="晚上再报一次")
    shown = mine(city, at=later(151))
    assert "报告：人已到现场" in shown
    assert "等报告" not in shown


def test_nobody_reads_the_instructions_of_another_leader(city, case):
    advance(case, "instruct", by=staff(city.county_leader), at=later(125), words="今晚十点前报我")
    shown = shown_to(city.commissioner, at=later(126))
    assert case.number in shown
    assert "今晚十点前报我" not in shown


def test_matters_under_supervision_are_listed_as_far_as_the_leader_may_see_them(city, case):
    far = a_filed(city, place=city.far_village, code=None).case
    sealed = a_filed(city, is_sealed=True, accused_level="village").case
    ended = a_filed(city).case
    Case.objects.filter(pk__in=[case.pk, far.pk, sealed.pk]).update(supervision="listed")
    Case.objects.filter(pk=ended.pk).update(supervision="supervised", phase="done")
    shown = shown_to(city.county_leader, at=later(125)).split("正在督办的")[1]
    assert "挂牌督办" in shown
    assert case.number in shown
    for hidden in (far, sealed, ended):
        assert hidden.number not in shown
