"""What stands around an order: where it is, what it may have to do with, who looked, notes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from builders import a_filed, a_place, a_post, requester_of, staff
from mashang.cases.actions import identity
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.moving import advance
from mashang.cases.models import Assist, Case, Conflict
from mashang.cases.schematic import schematic
from mashang.cases.similar import Rarity, letters, pairs, similar_cases
from mashang.people.models import Role
from mashang.places.models import Kind, Level, Place
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
LAMP = "三号楼二单元门口的路灯坏了五六天，晚上漆黑一片，老人下台阶差点摔倒。"
SAME_LAMP = "三号楼门口路灯坏了，五六天没有人修，晚上漆黑一片，有老人差点摔倒了。"
OTHER = "小区西门的垃圾桶满了好几天没有清运，味道很大，请派车来拉走。"


def shown_to(account, case: Case, *, at: datetime = NOON) -> str:
    with time_machine.travel(at, tick=False):
        answer = at_desk(account).get(f"/desk/cases/{case.number}")
    assert answer.status_code == 200
    return text_of(answer)


def part(shown: str, heading: str) -> str:
    """What stands under a heading, up to the next one; "" where there is none."""
    found = re.search(rf"<h[23]>{heading}</h[23]>(.*?)<h[23]>", shown, re.DOTALL)
    return found[1] if found else ""


# The same matter ---------------------------------------------------------------------------------


def test_what_may_be_the_same_matter_is_shown_with_the_reason(city):
    first = a_filed(city, at=NOON - timedelta(days=3), text=SAME_LAMP).case
    other = a_filed(city, at=NOON - timedelta(days=1), text=OTHER).case
    case = a_filed(city, at=NOON, text=LAMP).case
    likely = part(shown_to(city.zhang, case), "可能是同一件事")
    assert first.number in likely
    assert "同一处：颐和社区3号楼" in likely
    phrases = re.search(r"都说到“([^”]+)”", likely)[1]
    assert phrases in SAME_LAMP.replace("，", "") and phrases in LAMP.replace("，", "")
    assert other.number not in likely


def test_farther_away_more_words_must_be_the_same(city):
    somewhat = "门口路灯不亮，晚上漆黑一片，请来修。"
    here = a_filed(city, at=NOON, text=somewhat).case
    near = a_filed(city, at=NOON, text=somewhat, place=city.next_door, code=None).case
    word_for_word = a_filed(city, at=NOON, text=LAMP, place=city.next_door, code=None).case
    far = a_filed(city, at=NOON, text=LAMP, place=city.far_village, code=None).case
    case = a_filed(city, at=NOON, text=LAMP).case
    found = {one.case.pk for one in similar_cases(staff(city.dispatcher), case)}
    assert {word_for_word.pk, here.pk} <= found
    assert near.pk not in found
    assert far.pk not in found  # another township


def test_long_ago_is_not_the_same_matter(city):
    a_filed(city, at=NOON - timedelta(days=90), text=LAMP)
    case = a_filed(city, at=NOON, text=LAMP + "又坏了").case
    assert similar_cases(staff(city.zhang), case) == []


def test_only_cases_that_the_person_may_see_are_compared(city):
    a_filed(city, at=NOON, text=LAMP, place=city.next_door, code=None)
    case = a_filed(city, at=NOON, text=LAMP).case
    assert similar_cases(staff(city.zhang), case) == []
    assert len(similar_cases(staff(city.dispatcher), case)) == 1


def test_sealed_and_ordinary_cases_are_never_held_to_be_the_same(city):
    a_post(city.inspector, city.township_unit, Role.DISPATCHER)
    sealed = a_filed(city, at=NOON, text=LAMP, is_sealed=True, accused_level="village").case
    case = a_filed(city, at=NOON, text=LAMP).case
    for one, account in ((case, city.city_inspector), (sealed, city.city_inspector)):
        assert similar_cases(staff(account), one) == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_share_and_the_same_both_ways(one, other):
    rarity = Rarity([pairs(one), pairs(other)])
    there = rarity.likeness(pairs(one), pairs(other))
    assert there == pytest.approx(rarity.likeness(pairs(other), pairs(one)))
    assert 0 <= there <= 1.0001


@given(
    st.text(alphabet="路灯坏了修ab，。", max_size=60),
    st.text(alphabet="路灯坏了修ab，。", max_size=60),
)
def test_phrases_in_common_stand_in_both(one, other):
    for phrase in Rarity([pairs(one), pairs(other)]).phrases(one, other):
        assert phrase in letters(one) and phrase in letters(other)


def test_what_few_reports_say_counts_more_than_what_all_say():
    common, rare = "请领导派人来看一看", "搅拌站噪声"
    others = [pairs(f"{common}第{number}件事") for number in range(50)]
    rarity = Rarity([*others, pairs(common + rare)])
    both = pairs(common + rare)
    assert rarity.likeness(both, pairs("又是" + rare + "吵人")) > rarity.likeness(
        both, pairs("又是" + common + "吵人")
    )


def test_blanks_and_punctuation_make_no_difference():
    assert pairs("路灯，坏了！ＡＢ") == pairs("路灯 坏了ab")


def test_very_short_words_are_like_nothing():
    short = pairs("灯坏了")
    assert Rarity([short]).likeness(short, short) == 0.0


# The same requester ------------------------------------------------------------------------------


def test_the_requesters_other_cases_are_shown_as_far_as_the_person_may_see_them(city):
    mine = a_filed(city, at=NOON, text=OTHER).case
    next_door = a_filed(city, at=NOON, text="电梯停了", place=city.next_door, code=None).case
    somebody = a_filed(city, at=NOON, text="有人乱停车", phone="13911112222").case
    case = a_filed(city, at=NOON, text=LAMP).case
    listed = part(shown_to(city.zhang, case), "这位诉求人的其他事项")
    assert mine.number in listed
    assert next_door.number not in listed
    assert somebody.number not in listed
    assert "1 件" not in listed  # nor how many there are elsewhere
    assert next_door.number in part(shown_to(city.dispatcher, case), "这位诉求人的其他事项")


def test_nobody_learns_from_the_list_who_asked_in_a_case_whose_requester_is_hidden(city):
    hidden = a_filed(city, at=NOON, text=OTHER, is_confidential=True).case
    case = a_filed(city, at=NOON, text=LAMP).case
    assert "这位诉求人的其他事项" not in shown_to(city.dispatcher, case)
    assert "这位诉求人的其他事项" not in shown_to(city.dispatcher, hidden)
    assert hidden.number in part(shown_to(city.county_duty, case), "这位诉求人的其他事项")
    assert case.number in part(shown_to(city.county_duty, hidden), "这位诉求人的其他事项")


@pytest.mark.parametrize("who", ["zhang", "dispatcher", "county_duty"])
def test_a_sealed_case_is_linked_to_no_ordinary_one_for_those_who_may_not_see_it(city, who):
    sealed = a_filed(city, at=NOON, text=OTHER, is_sealed=True, accused_level="village").case
    case = a_filed(city, at=NOON, text=LAMP).case
    shown = shown_to(getattr(city, who), case)
    assert sealed.number not in shown
    assert "这位诉求人的其他事项" not in shown
    assert sealed.number in shown_to(city.inspector, case)


def test_leaders_and_anonymous_and_erased_people_have_no_such_list(city):
    a_filed(city, at=NOON, text=OTHER)
    nameless = a_filed(city, at=NOON, text=LAMP, is_anonymous=True, name="", phone="").case
    erased = a_filed(city, at=NOON, text="路面有坑")
    identity.erase(erased.case, by=requester_of(erased), at=NOON)
    for account, case in (
        (city.commissioner, a_filed(city, at=NOON, text="噪声扰民").case),
        (city.zhang, nameless),
        (city.zhang, erased.case),
    ):
        assert "这位诉求人的其他事项" not in shown_to(account, case)


def test_an_order_opened_by_a_link_leads_to_no_other_case(city):
    other = a_filed(city, at=NOON, text=OTHER).case
    case = a_filed(city, at=NOON, text=LAMP).case
    link = link_of(case, city.zhang)
    with time_machine.travel(NOON, tick=False):
        shown = text_of(bound_phone(link).get(address(link)))
    assert other.number in shown
    assert "/desk/cases/" not in shown


def test_what_came_from_the_same_code_is_listed(city):
    other = a_filed(city, at=NOON, text=OTHER, phone="13911112222").case
    elsewhere = a_filed(city, at=NOON, text=OTHER + "催", phone="13911112222", code=None).case
    case = a_filed(city, at=NOON, text=LAMP).case
    listed = part(shown_to(city.zhang, case), "同一个二维码来的")
    assert other.number in listed
    assert elsewhere.number not in listed


# Who looked, notes -------------------------------------------------------------------------------


def test_each_look_at_the_phone_is_shown_to_those_who_may_look_and_to_inspectors(city):
    case = a_filed(city, at=NOON).case
    identity.look_at_phone(case, by=staff(city.zhang), at=NOON + timedelta(minutes=3))
    identity.look_at_phone(case, by=staff(city.dispatcher), at=NOON + timedelta(minutes=5))
    for account in (city.li, city.dispatcher, city.inspector):
        shown = shown_to(account, case, at=NOON + timedelta(minutes=9))
        looks = shown.split('class="looks"')[1].split("</details>")[0]
        assert "电话被看过 2 次" in looks
        assert "3-4 12:03" in looks
        assert "张桂兰" in looks
        assert "马派单" in looks
    watching = shown_to(city.commissioner, case, at=NOON + timedelta(minutes=9))
    assert "电话被看过" not in watching
    assert "马派单" not in watching


def test_notes_stand_apart_from_what_happened(city):
    case = a_filed(city, at=NOON).case
    advance(case, "note", by=staff(city.zhang), at=NOON, words="物业说要等两天")
    shown = shown_to(city.zhang, case)
    notes, happened = shown.split("<h2>内部备注</h2>")[1].split("<h2>经过</h2>")
    assert "物业说要等两天" in notes
    assert "张桂兰" in notes
    assert "/moves/note" in notes
    assert "物业说要等两天" not in happened


# Climbed -----------------------------------------------------------------------------------------


def test_a_leader_reads_since_when_it_is_theirs_and_who_heard_before(city):
    case = a_filed(city, at=NOON).case
    for minute in (20, 30, 60, 90):
        look_at_due(at=NOON + timedelta(minutes=minute))
    shown = shown_to(city.county_leader, case, at=NOON + timedelta(minutes=100))
    told = shown.split('class="climb"')[1].split("</p>")[0]
    assert "3-4 13:30 报到您这里" in told
    assert "乡镇（街道）政法委员（王政法）" in told
    assert "乡镇（街道）党政主要领导" in told
    assert '<summary class="big">批示</summary>' in shown
    before_them = shown_to(city.county_secretary, case, at=NOON + timedelta(minutes=100))
    assert 'class="climb"' not in before_them


# The drawing -------------------------------------------------------------------------------------


def test_the_place_is_drawn_with_what_it_belongs_to_and_what_is_beside_it(city):
    drawn = schematic(city.yihe, "3号楼")
    assert [box.name for box in drawn.boxes if box.is_here] == [
        "白银区", "人民路街道", "颐和社区", "3号楼",
    ]  # fmt: skip
    assert "隔壁社区" in {box.name for box in drawn.boxes}
    assert "远山村" not in {box.name for box in drawn.boxes}
    assert drawn.text.startswith("白银区 › 人民路街道 › 颐和社区 › 3号楼。")
    assert "前后是隔壁社区" in drawn.text
    shown = shown_to(city.zhang, a_filed(city, at=NOON).case)
    assert 'role="img"' in shown
    assert "不是方位和远近" in shown


def test_the_drawing_stays_in_its_frame_however_many_there_are(city, django_assert_num_queries):
    for number in range(20, 60):
        a_place(
            f"620402001{number:03d}", f"第{number}个名字很长很长的社区", Level.VILLAGE,
            Kind.COMMUNITY, city.township,
        )  # fmt: skip
    closed = Place.objects.get(code="620402001030")
    closed.valid_to = NOON.date()
    closed.save()
    for code in ("620402001007", "620402001031", "620402001059", "620402001", "620402"):
        place = Place.objects.select_related("parent").get(code=code)
        with django_assert_num_queries(1):
            drawn = schematic(place, "一个名字长得写不下的地方，在楼后面的小花园旁边")
        assert all(box.x >= 0 and box.x + box.width <= drawn.width for box in drawn.boxes)
        assert max(box.bottom for box in drawn.boxes) <= drawn.height
        assert sum(box.is_here for box in drawn.boxes) >= 2
        assert closed.name not in {box.name for box in drawn.boxes}


def test_a_building_below_a_village_is_drawn_too(city):
    grid = a_place("620402001007001", "第一网格", Level.GRID, Kind.OTHER, city.yihe)
    building = a_place("620402001007001003", "3号楼", Level.BUILDING, Kind.OTHER, grid)
    drawn = schematic(building)
    assert [box.name for box in drawn.boxes if box.is_here][-1] == "3号楼"


def test_a_merged_case_and_its_lead_lead_to_each_other(city):
    lead = a_filed(city, at=NOON, text=LAMP).case
    case = a_filed(city, at=NOON, text=SAME_LAMP, phone="13911112222").case
    advance(case, "merge", by=staff(city.dispatcher), at=NOON, lead=lead)
    assert lead.number in part(shown_to(city.zhang, case), "并入的主件")
    assert case.number in part(shown_to(city.zhang, lead), "并进来的件，一起答复")
    assert "可能是同一件事" not in shown_to(city.zhang, case)


def test_help_supervision_deferral_and_conflicts_of_interest_are_marked(city):
    case = a_filed(city, at=NOON).case
    hour = timedelta(hours=1)
    Assist.objects.create(
        case=case, unit=city.next_door_unit, kind="whistle", asked_by=city.dispatcher,
        asked_at=NOON, words="来看一下管线", arrive_due_at=NOON + hour, due_at=NOON + 9 * hour,
    )  # fmt: skip
    Conflict.objects.create(
        case=case, account=city.li, found_by=city.li, found_at=NOON, words="反映人是我亲戚"
    )
    Case.objects.filter(pk=case.pk).update(
        has_assists=True, has_conflicts=True, supervision="listed", deferred_until="2026-03-20"
    )
    shown = shown_to(city.dispatcher, case)
    for told in (
        "吹哨报到", "隔壁社区居委会", "来看一下管线", "应在 3-4 13:00 前报到，还没有报到",
        "应在 3-4 21:00 前答复，还没有答复", "挂牌督办", "挂账到", "反映人是我亲戚", "李建国",
    ):  # fmt: skip
        assert told in shown, told
    Assist.objects.update(arrived_at=NOON + hour, replied_at=NOON + 2 * hour, reply="管线没问题")
    answered = shown_to(city.zhang, case)
    assert "3-4 13:00 报到" in answered
    assert "管线没问题" in answered
    assert "反映人是我亲戚" not in answered  # for dispatchers and inspectors
