"""Finding places by what people type, by the tree, by codes that have moved on."""

import pytest
import time_machine

from mashang.places.models import Place
from mashang.places.queries import children, path, resolve, search, top
from tables import loaded

YIHE = "620402004007"


def codes(typed, **options):
    return [place.code for place in search(typed, **options)]


@pytest.mark.parametrize(
    "typed",
    [
        "颐和社区",
        " 颐和 社区 ",
        "颐和社区居委会",
        "工农路街道颐和社区",
        "白银区颐和社区",
        "白银区，颐和社区",
        "甘肃省白银市白银区工农路街道颐和社区",
        "yiheshequ",
        "YI HE SHE QU",
        "ｙｉｈｅｓｈｅ",
        "yhsq",
        "y h s q",
        "620402004007",
        "６２０４０２００４００７",
    ],
)
def test_what_people_type_finds_their_community_first(baiyin, typed):
    assert codes(typed)[0] == YIHE


def test_exact_comes_before_beginning_before_part(baiyin, table):
    loaded("load_divisions", table(("620402004009", "新颐和社区"), ("620402004010", "颐和社区东")))
    assert codes("颐和社区")[:3] == [YIHE, "620402004010", "620402004009"]


def test_a_village_comes_before_its_township_before_the_county(baiyin):
    assert codes("工农路")[:2] == ["620402004002", "620402004"]
    assert codes("会")[:3] == ["620422100003", "620422100", "620422"]


@pytest.mark.parametrize("typed", ["", "   ", "，。", "不存在的地方", "%", "_", "\x00", "会" * 500])
def test_nothing_is_found_for_nothing(baiyin, typed):
    assert search(typed) == []


def test_the_limit_holds(baiyin):
    assert len(codes("社区", limit=2)) == 2


def test_a_former_name_finds_the_place(baiyin, table):
    loaded("load_divisions", table((YIHE, "银苑社区")))
    assert codes("颐和社区") == [YIHE]
    assert codes("银苑")[0] == YIHE


def test_a_merged_place_is_found_as_its_successor_and_once(baiyin, table):
    loaded("load_divisions", table(("620402004008", "福宁社区", "2024-01-01", YIHE)))
    assert codes("福宁") == [YIHE]
    assert codes("工农路街道").count(YIHE) == 1


def test_a_closed_place_without_successor_is_not_found(baiyin, table):
    loaded("load_divisions", table(("620402004008", "福宁社区", "2024-01-01", "")))
    assert search("福宁") == []


def test_a_place_that_closes_later_is_found_until_then(baiyin, table):
    loaded("load_divisions", table(("620402004008", "福宁社区", "2030-01-01", YIHE)))
    with time_machine.travel("2029-12-31 04:00:00+00:00"):
        assert codes("福宁") == ["620402004008"]
    with time_machine.travel("2030-01-01 04:00:00+00:00"):
        assert codes("福宁") == [YIHE]


def test_a_search_is_one_query_when_it_finds_something(baiyin, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert search("颐和社区")[0].parent.name == "工农路街道"


def test_children_are_the_current_places_right_below(baiyin, table):
    loaded("load_divisions", table(("620402004008", "福宁社区", "2024-01-01", YIHE)))
    below = children(Place.objects.get(pk="620402004"))
    assert [place.code for place in below] == ["620402004002", YIHE]
    assert [place.name for place in top()] == ["白银区", "会宁县"]


def test_a_path_is_read_widest_first(baiyin):
    place = Place.objects.get(pk=YIHE)
    assert [above.name for above in path(place)] == ["白银市", "白银区", "工农路街道", "颐和社区"]
    assert path(place, with_prefecture=False)[0].name == "白银区"
    assert path(Place.objects.get(pk="6204"), with_prefecture=False)[0].name == "白银市"


def test_a_code_resolves_through_every_merger(baiyin, table):
    loaded("load_divisions", table(("620402004008", "福宁社区", "2024-01-01", "620402004002")))
    loaded("load_divisions", table(("620402004002", "工农路社区", "2025-01-01", YIHE)))
    assert resolve("620402004008").code == YIHE
    assert resolve("620402004000").code == "620402004"
    assert resolve("620402009001") is None
    assert resolve("x\x00") is None
