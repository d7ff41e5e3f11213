"""Searching: words with one meaning on every database, phones and names for few, places first."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from builders import a_filed, staff
from mashang.audit.models import Record
from mashang.cases.access import visible_to
from mashang.cases.actions.identity import erase
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Requester, name_index
from mashang.people.actors import Resident
from mashang.people.finding import find_units, spell_units
from mashang.people.models import Unit
from mashang.places.models import Place
from mashang.workbench import grams, searching
from mashang.workbench.indexing import index_waiting
from mashang.workbench.listing import shortened
from mashang.workbench.models import SearchRow
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/desk/cases/(\d+)"', page)


def found(city, *typed: str, by: str = "county_duty") -> list[str]:
    """What a search for these words lists, as the desk's own filter finds it."""
    page = text_of(
        at_desk(getattr(city, by)).get("/desk", {"queue": "all", "words": " ".join(typed)})
    )
    return numbers(page)


def box(city, typed: str, by: str = "county_duty", *, posted: bool = False):
    browser = at_desk(getattr(city, by))
    return (browser.post if posted else browser.get)("/desk/search", {"q": typed})


def told(city, text: str, **more) -> Case:
    case = a_filed(city, text=text, **more).case
    index_waiting()
    return case


# Words --------------------------------------------------------------------------------------------


def test_words_of_two_characters_are_found_wherever_they_stand(city):
    lamp = told(city, "小区东门路灯坏了半个月")
    well = told(city, "井盖坏了，路面塌了一块")
    assert found(city, "路灯") == [lamp.number]
    assert found(city, "井盖") == [well.number]
    assert set(found(city, "坏了")) == {lamp.number, well.number}
    assert found(city, "东门", "坏了") == [lamp.number]
    assert found(city, "暖气") == []


def test_pairs_alone_are_no_word(city):
    told(city, "井盖，盖坏了的是东门，门路")
    assert found(city, "井盖坏") == []
    assert found(city, "东门路") == []
    whole = told(city, "井盖坏在东门路")
    assert found(city, "井盖坏") == [whole.number]


def test_a_word_does_not_reach_over_a_full_stop_or_a_blank(city):
    told(city, "水管漏水。费用太高 电话没人接")
    assert found(city, "水费") == []
    assert found(city, "高电") == []


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("家里的WiFi装不上", "wifi"),
        ("家里的ＷＩＦＩ装不上", "WIFI"),
        ("车牌甘D12345乱停", "12345"),
        ("车牌甘D１２３４５乱停", "甘d12345"),
        ("１０号楼没有水", "10号楼"),
        ("𠮷野家门口堵了", "𠮷野"),
        ("Café噪音", "café"),
    ],
)
def test_letters_digits_and_wide_forms_are_all_the_same(city, text, typed):
    case = told(city, text)
    told(city, "别的事情")
    assert found(city, typed) == [case.number]


def test_the_spot_and_the_answer_are_searched_too(city):
    case = told(city, "门口堆了很多东西", spot="幸福里十二栋")
    assert found(city, "幸福里") == [case.number]
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang)
    advance(case, "answer", by=zhang, words="清了", answer="杂物已经清运完毕。")
    assert found(city, "清运") == []
    assert index_waiting() == 1
    assert found(city, "清运") == [case.number]
    advance(case, "reopen", by=Resident(frozenset({case.pk})), words="又堆上了")
    index_waiting()
    assert found(city, "清运") == []


def test_newest_first_and_a_page_at_a_time(city):
    cases = [a_filed(city, text=f"路灯不亮{number}", phone="") for number in range(53)]
    index_waiting()
    browser = at_desk(city.county_duty)
    first = text_of(browser.get("/desk?queue=all&words=路灯"))
    expected = [filed.case.number for filed in reversed(cases)]
    assert numbers(first) == expected[:50]
    following = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    second = text_of(browser.get(f"/desk{following}"))
    assert numbers(second) == expected[50:]
    assert 'rel="next"' not in second


def test_filters_stack_upon_words(city):
    here = told(city, "路灯不亮")
    told(city, "路灯不亮", place=city.next_door, code=None)
    page = text_of(
        at_desk(city.county_duty).get(f"/desk?queue=all&words=路灯&place={city.yihe.code}")
    )
    assert numbers(page) == [here.number]


def test_the_hit_is_marked_and_nothing_typed_is_run(city):
    told(city, "前面说了很多话" * 10 + "小区东门路灯坏了<b>很久</b>")
    page = text_of(box(city, "路灯"))
    assert "<mark>路灯</mark>" in page
    assert "<b>很久" not in page
    odd = text_of(box(city, "<script>alert(1)</script>' OR 1=1"))
    assert "<script>alert" not in odd


@pytest.mark.parametrize("typed", ["水", "，。", "%", "'", '"', "a", "\\", "**", "-水", "* "])
def test_what_is_no_word_finds_nothing_and_says_so(city, typed):
    told(city, "水管漏水，水费a")
    page = text_of(at_desk(city.county_duty).get("/desk", {"queue": "all", "words": typed}))
    assert "要写两个字以上" in page
    assert box(city, typed).status_code == 200


def test_operators_of_the_databases_are_plain_words(city):
    told(city, "路灯和井盖都坏了")
    for typed in ("路灯 AND 井盖", "路灯 OR 暖气", "NOT 暖气", "路灯*", '"路灯"', "NEAR(路灯)"):
        assert box(city, typed).status_code == 200
    assert found(city, "路灯", "or", "井盖") == []


# How it is asked ----------------------------------------------------------------------------------

COMMON, RARE = "坏了", "井盖"


@pytest.fixture
def many(city, monkeypatch) -> list[Case]:
    """Forty cases of two communities, by turns; every one is broken, every eighth is a cover."""
    for name, value in {"WALKED": 10, "HITS": 4, "PARTS": 2, "READ": 3}.items():
        monkeypatch.setattr(searching, name, value)
    cases = []
    for number in range(40):
        what = RARE if number % 8 == 0 else "路灯"
        where = {"place": city.next_door, "code": None} if number % 2 else {}
        cases.append(a_filed(city, text=f"{what}{COMMON}第{number}次", phone="", **where).case)
    index_waiting()
    return cases


@pytest.mark.parametrize("share", [0.0, 2.0])
def test_however_it_is_asked_the_same_cases_are_found(city, many, monkeypatch, share):
    """Common and rare words, people who see all and few: every way must find what is there."""
    monkeypatch.setattr(searching, "RARE", share)
    texts = {case.pk: case.text for case in many}
    for name in ("county_duty", "zhang", "neighbour", "far_cadre"):
        visible = visible_to(staff(getattr(city, name)))
        seen = list(visible.order_by("-pk").values_list("pk", flat=True))
        for word in (COMMON, RARE, "路灯坏", "盖坏了", "灯盖"):
            got, below = [], None
            while True:
                part = searching.find(visible, [word], most=7, below=below)
                got += part.keys
                if part.rest is None:
                    break
                below = part.rest
            assert got == [pk for pk in seen if word in texts[pk]], (name, word)


@given(
    st.text(alphabet="井盖坏了aB1Ａ，。 ", max_size=12),
    st.text(alphabet="井盖坏了ab1", min_size=2, max_size=4),
)
def test_whatever_holds_a_word_has_its_pairs(text, word):
    wanted = grams.words(word)
    if grams.holds([text], wanted):
        assert set(grams.pairs(wanted)) <= set(grams.pairs([text]))


def test_pairs_come_back_from_the_database_as_they_went_in(city):
    case = told(city, "龥龦 丏 𠮷 ab 路灯")
    stored = SearchRow.objects.get(case=case).pairs
    assert stored == grams.pairs((case.text, case.spot, case.answer))
    assert min(stored) < 0 < max(stored)


# Keeping it up ------------------------------------------------------------------------------------


def test_a_report_is_found_once_the_worker_has_been_there(city):
    case = a_filed(city, text="路灯坏了").case
    assert found(city, "路灯") == []
    assert index_waiting() == 1
    assert index_waiting() == 0
    assert found(city, "路灯") == [case.number]


def test_everything_can_be_indexed_anew_and_names_get_their_index(city):
    case = told(city, "路灯坏了")
    SearchRow.objects.all().delete()
    Requester.objects.update(name_index="")
    said = StringIO()
    call_command("index", stdout=said)
    assert found(city, "路灯") == []
    call_command("index", "--all", stdout=said)
    assert found(city, "路灯") == [case.number]
    assert case.requester.name_index == name_index("何秀英")
    assert "indexed: 1" in said.getvalue()


# Whose they are -----------------------------------------------------------------------------------


def test_sealed_cases_are_found_by_inspection_alone(city):
    sealed = told(city, "干部收了好处费", is_sealed=True, accused_level="village")
    assert found(city, "好处费", by="inspector") == [sealed.number]
    for who in ("county_duty", "dispatcher", "zhang", "county_head", "far_inspector"):
        assert found(city, "好处费", by=who) == []
        assert sealed.number not in text_of(box(city, "好处费", who))
        assert sealed.number not in text_of(box(city, "何秀英", who))
        assert sealed.number not in text_of(box(city, "13909431234", who))


def main_of(answer) -> str:
    return text_of(answer).split("<main")[1].split("</main>")[0]


def test_a_number_leads_to_its_case_and_one_that_is_not_theirs_reads_like_none(city):
    case = told(city, "路灯坏了")
    answer = box(city, f" {case.number[:3]}-{case.number[3:]} ", posted=True)
    assert answer.status_code == 302
    assert answer.url == f"/desk/cases/{case.number}"
    theirs, nobodys = (
        main_of(box(city, number, "neighbour")) for number in (case.number, "269999990")
    )
    for number in (case.number, "269999990"):
        theirs, nobodys = theirs.replace(number, ""), nobodys.replace(number, "")
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", theirs) == token.sub("", nobodys)
    assert "没有找到" in theirs


# Phones and names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["13909431234", "139 0943 1234", "+86 139-0943-1234", "１３９０９４３１２３４"]
)
def test_a_phone_finds_what_its_owner_reported_and_is_recorded(city, typed):
    case = told(city, "路灯坏了")
    told(city, "别人的事", phone="13800138000", name="王五")
    answer = box(city, typed, posted=True)
    assert answer.status_code == 200
    assert numbers(text_of(answer)) == [case.number]
    record = Record.objects.filter(kind="identity_search").get()
    assert record.account == city.county_duty
    assert record.facts == {"way": "phone", "count": 1, "row": case.number}
    assert "1390943" not in record.data


def test_a_name_finds_its_bearer_alone_and_is_recorded(city):
    case = told(city, "路灯坏了")
    other = told(city, "别人的事", phone="13800138000", name="何秀云")
    # As if the two names shared the cut-off index.
    Requester.objects.filter(case=other).update(name_index=name_index("何秀英"))
    assert numbers(text_of(box(city, "何秀英"))) == [case.number]
    record = Record.objects.filter(kind="identity_search").get()
    assert record.facts["way"] == "name"
    assert "何秀英" not in record.data


def test_names_and_phones_are_found_only_by_those_who_may_see_them(city):
    confidential = told(city, "路灯坏了", is_confidential=True)
    for typed in ("何秀英", "13909431234"):
        for who in ("dispatcher", "commissioner", "county_head", "zhang", "neighbour"):
            assert numbers(text_of(box(city, typed, who))) == []
        assert numbers(text_of(box(city, typed, "county_duty"))) == [confidential.number]


def test_a_leader_cannot_even_ask_for_a_name(city):
    told(city, "路灯坏了")
    assert numbers(text_of(box(city, "何秀英", "commissioner"))) == []
    assert not Record.objects.filter(kind="identity_search").exists()


def test_an_erased_name_is_not_found_any_more(city):
    filed = a_filed(city, text="路灯坏了")
    erase(filed.case, by=Resident(frozenset({filed.case.pk})))
    index_waiting()
    assert Requester.objects.get(case=filed.case).name_index == ""
    assert numbers(text_of(box(city, "何秀英"))) == []
    assert numbers(text_of(box(city, "13909431234"))) == []


def test_the_index_of_a_name_is_shared_by_many(city):
    assert len({name_index(f"李{first}{second}") for first in "甲乙丙" for second in "丁戊己"}) <= 9
    assert all(len(name_index(name)) == 4 for name in ("何秀英", "欧阳明", "买买提"))
    assert name_index(" 何 秀英 ") == name_index("何秀英")
    assert name_index("") == ""


def test_words_that_are_no_name_are_no_search_for_a_person(city):
    told(city, "路灯坏了很久")
    for typed in ("路灯坏了很久", "12号楼", "坏了", "颐和社区"):
        box(city, typed)
    assert not Record.objects.filter(kind="identity_search").exists()


def test_words_that_were_posted_get_an_address_of_their_own(city):
    answer = box(city, "坏了 很久", posted=True)
    assert answer.status_code == 302
    assert answer.url.startswith("/desk/search?q=")


# Places and units ---------------------------------------------------------------------------------


@pytest.fixture
def spelled(city):
    Place.objects.filter(pk=city.yihe.pk).update(pinyin="yiheshequ", initials="yhsq")
    assert spell_units() == Unit.objects.count()
    assert spell_units() == 0
    return city


@pytest.mark.parametrize("typed", ["颐和社区", "yihe", "YHSQ", "颐和"])
def test_places_and_units_come_first_by_name_or_pinyin(spelled, typed):
    case = told(spelled, "颐和社区的路灯坏了")
    page = text_of(box(spelled, typed))
    assert f"place={spelled.yihe.code}" in page
    assert f"unit={spelled.yihe_unit.pk}" in page
    if typed.startswith("颐"):
        assert page.index("地点和单位") < page.index(case.number)


def test_units_are_found_by_their_pinyin_and_anew_when_they_are_renamed(spelled):
    unit = spelled.yihe_unit
    assert unit in find_units("yiheshequ") and unit in find_units("yhsqjwh")
    assert find_units("居委会")[0].name.endswith("居委会")
    Unit.objects.filter(pk=unit.pk).update(name="祥和社区居委会")
    assert spell_units() == 1
    assert unit in find_units("xianghe") and unit not in find_units("yihe")
    Unit.objects.filter(pk=unit.pk).update(is_active=False)
    assert unit not in find_units("xianghe")
    assert find_units("") == find_units("。") == []


def test_long_numbers_are_cut_short_in_lists():
    assert shortened("打13912345678，或0943-8234567") == "打139****，或0943-823****"


def test_a_search_by_those_without_cases_is_not_there(city):
    told(city, "路灯坏了")
    assert box(city, "路灯", "auditor").status_code == 404


def test_later_reports_do_not_shift_the_next_page(city):
    cases = [a_filed(city, text="路灯", phone="").case for _number in range(52)]
    index_waiting()
    browser = at_desk(city.county_duty)
    first = text_of(browser.get("/desk?queue=all&words=路灯"))
    following = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    a_filed(city, text="路灯", phone="", at=NOON + timedelta(days=400))
    index_waiting()
    assert numbers(text_of(browser.get(f"/desk{following}"))) == [c.number for c in cases[1::-1]]
