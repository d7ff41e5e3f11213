"""Reports put together by what they say, as the desk shows them, and a topic that is taken up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from builders import NOON, a_filed, staff
from mashang.cases.flow import State
from mashang.cases.models import Case, Supervision
from mashang.knowledge.models import Topic, TopicMember
from mashang.knowledge.topics import keeping, queries
from visits import at_desk, fresh, text_of

WATER = (
    "小区南门口的自来水这几天总是停，做饭洗衣服都要到别处提水。",
    "自来水又停了，南门口这边做饭洗衣服都要到别处去提水，请快来修。",
    "这几天自来水总是停水，家里有刚满月的孩子，做饭洗衣服都要到别处提水。",
    "南门口自来水总是停，没有人管，做饭都要到别处提水。",
)
LAMPS = "村北头的两盏路灯天黑以后都不亮，前天有人在台阶上踩空，崴了脚。"


@pytest.fixture(autouse=True)
def _nothing_in_memory():
    keeping.forget()
    yield
    keeping.forget()


@pytest.fixture
def reports(city, noon) -> list[Case]:
    """Four about the water, one about lamps; all looked at."""
    made = [
        a_filed(city, text=text, at=NOON - timedelta(days=4 - number)).case
        for number, text in enumerate(WATER)
    ]
    made.append(a_filed(city, text=LAMPS).case)
    keeping.take_in(since=NOON - timedelta(days=30))
    return made


def topic_of(case: Case) -> int | None:
    return TopicMember.objects.get(case=case).topic_id


def test_what_is_about_the_same_thing_is_one_topic_and_the_rest_is_not(reports):
    *water, lamps = reports
    assert len({topic_of(case) for case in water}) == 1
    assert topic_of(lamps) != topic_of(water[0])
    topic = Topic.objects.get(pk=topic_of(water[0]))
    assert topic.count == 4
    assert topic.last_at == water[-1].received_at


def test_a_report_joins_as_it_comes_also_after_a_start_of_the_worker(city, reports):
    first = topic_of(reports[0])
    for text in (
        "自来水又停，南门口做饭洗衣服都要到别处提水。",
        "南门口停水，做饭洗衣服都要到别处提水！",
    ):
        keeping.forget()
        case = a_filed(city, text=text).case
        assert keeping.take_in() == 1
        assert topic_of(case) == first
    assert Topic.objects.get(pk=first).count == 6
    assert keeping.take_in() == 0


def test_sealed_and_confidential_reports_are_in_no_topic(city, reports):
    sealed = a_filed(city, text=WATER[0], is_sealed=True, accused_level="village").case
    secret = a_filed(city, text=WATER[0], is_confidential=True).case
    assert keeping.take_in() == 0
    assert not TopicMember.objects.filter(case__in=[sealed, secret]).exists()


def test_hardly_any_words_are_looked_at_once_and_in_no_topic(city, noon):
    case = a_filed(city, text="灯坏了").case
    assert keeping.take_in() == 1
    assert topic_of(case) is None
    assert keeping.take_in() == 0


def test_the_desk_shows_title_place_count_and_span(city, reports):
    page = text_of(at_desk(city.dispatcher).get("/desk/topics"))
    assert "提水" in page
    assert "颐和社区" in page
    assert ">4<" in page
    assert "3-" in page
    assert "路灯" not in page, "one report is no topic"


def test_a_topic_is_as_large_as_what_the_person_may_see(city, noon):
    for number, text in enumerate(WATER):
        place = city.yihe if number < 3 else city.far_village
        a_filed(city, text=text, place=place, code=None)
    keeping.take_in()
    Topic.objects.update(place="6204")
    TopicMember.objects.update(topic=Topic.objects.first())
    now = timezone.now()
    seen = {
        account.username: [one.count for one in queries.hot(staff(account), days=30, now=now)]
        for account in (city.dispatcher, city.city_secretary, city.far_inspector)
    }
    assert seen == {"dispatcher": [3], "city-secretary": [4], "far-inspector": []}


@pytest.mark.parametrize("days", ["", "8", "²", "9" * 30, "-7"])
def test_a_period_that_is_none_is_the_usual_one(city, reports, days):
    answer = at_desk(city.dispatcher).get("/desk/topics", {"days": days})
    assert '?days=30" aria-current="true"' in text_of(answer)


def test_what_became_sealed_later_is_shown_no_more(city, reports):
    Case.objects.filter(pk__in=[case.pk for case in reports[:2]]).update(is_confidential=True)
    assert "提水" not in text_of(at_desk(city.dispatcher).get("/desk/topics"))


def test_the_list_asks_as_often_for_three_topics_as_for_one(
    city, noon, django_assert_max_num_queries
):
    now = timezone.now()
    for said in (WATER[0], LAMPS, "对面工地半夜还在响，夜里两点多还在卸料，车灯直照窗户。"):
        for number in range(3):
            a_filed(city, text=said + "！" * number, phone=f"1390943{number:04d}")
        keeping.take_in()
        with django_assert_max_num_queries(6):
            found = queries.hot(staff(city.dispatcher), days=30, now=now)
    assert len(found) == 3


def test_rising_is_told_by_the_second_half_of_the_period(city, noon):
    for number, text in enumerate(WATER):
        a_filed(city, text=text, at=NOON - timedelta(days=number))
    keeping.take_in(since=NOON - timedelta(days=30))
    shown = queries.hot(staff(city.dispatcher), days=30, now=NOON)[0]
    assert (shown.count, shown.late, shown.is_rising) == (4, 4, True)
    later = queries.hot(staff(city.dispatcher), days=30, now=NOON + timedelta(days=20))[0]
    assert not later.is_rising


def test_a_title_has_no_number_of_a_person():
    terms = {"电话": 5.0, "停水": 1.0}
    assert queries.title("我的电话13909431234，小区停水三天", terms) == "小区停水三天"


def test_a_topic_becomes_one_case_and_is_supervised(city, reports):
    *water, lamps = reports
    key, lead = topic_of(water[0]), water[0]
    desk = at_desk(city.dispatcher)
    assert "请先由派单员" in text_of(at_desk(city.commissioner).get(f"/desk/topics/{key}"))
    chosen = {"lead": lead.pk, "case": [case.pk for case in (*water[1:], lamps)]}
    said = text_of(desk.post(f"/desk/topics/{key}/merge", chosen, follow=True))
    assert "已把 3 件并入" in said
    assert {fresh(case).state for case in water[1:]} == {State.MERGED}
    assert {fresh(case).lead_id for case in water[1:]} == {lead.pk}
    assert fresh(lamps).lead_id is None, "not of this topic"
    topic = Topic.objects.get(pk=key)
    assert (topic.lead_id, topic.taken_up_by) == (lead.pk, city.dispatcher)
    leader = at_desk(city.commissioner)
    facts = {"until": "2026-03-20", "words": "请查明水厂为什么停水"}
    said = text_of(leader.post(f"/desk/topics/{key}/supervise", facts, follow=True))
    assert "已督办" in said
    assert fresh(lead).supervision == Supervision.SUPERVISED


def test_a_lead_that_became_confidential_is_named_to_nobody(city, reports):
    key, lead = topic_of(reports[0]), reports[0]
    Topic.objects.filter(pk=key).update(lead=lead)
    leader, pages = at_desk(city.commissioner), ("/desk/topics", f"/desk/topics/{key}")
    assert all(lead.number in text_of(leader.get(page)) for page in pages)
    Case.objects.filter(pk=lead.pk).update(is_confidential=True)
    assert not any(lead.number in text_of(leader.get(page)) for page in pages)
    facts = {"until": "2026-03-20", "words": "请查明水厂为什么停水"}
    said = text_of(leader.post(f"/desk/topics/{key}/supervise", facts, follow=True))
    assert "请先由派单员" in said


def test_what_cannot_be_merged_is_said_and_holds_up_nothing(city, reports):
    *water, _lamps = reports
    key, lead = topic_of(water[0]), water[0]
    Case.objects.filter(pk=water[1].pk).update(state=State.CLOSED, phase="done")
    chosen = {"lead": lead.pk, "case": [case.pk for case in water[1:]]}
    said = text_of(at_desk(city.dispatcher).post(f"/desk/topics/{key}/merge", chosen, follow=True))
    assert "已把 2 件并入" in said
    assert water[1].number in said


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"lead": "abc", "case": ["1"]},
        {"case": ["999999999"]},
        {"lead": "²", "case": ["²"]},
        {"lead": "9" * 30, "case": ["9" * 30]},
    ],
)
def test_nonsense_merges_nothing(city, reports, chosen):
    key = topic_of(reports[0])
    said = text_of(at_desk(city.dispatcher).post(f"/desk/topics/{key}/merge", chosen, follow=True))
    assert "请选一件作主件" in said
    assert not Case.objects.filter(state=State.MERGED).exists()


def test_topics_of_long_ago_go_unless_they_were_taken_up(city, reports):
    Topic.objects.filter(pk=topic_of(reports[0])).update(lead=reports[0])
    assert keeping.tidy(now=NOON) == 0
    assert keeping.tidy(now=NOON + timedelta(days=200)) == 1
    assert Topic.objects.count() == 1
