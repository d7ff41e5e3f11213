"""The catalogue: most specific wins, dated, and a department's work is not pushed down."""

from datetime import timedelta

import pytest
from django.utils import timezone

from builders import a_filed, a_unit, staff
from mashang.audit.models import Record
from mashang.cases import routing
from mashang.cases.actions.moving import advance
from mashang.cases.models import CatalogueRule, Category
from mashang.core.cached import forget_all
from mashang.core.errors import Refused
from mashang.core.versions import write
from mashang.people.models import UnitKind
from settings_pages import Operator, previewed
from visits import text_of

pytestmark = pytest.mark.django_db
RULE = "/catalogue/rule"


@pytest.fixture
def water(city):
    """供水 / 停水, and the county's water bureau."""
    top = Category.objects.create(code="water", name="供水")
    off = Category.objects.create(code="water.off", name="停水", parent=top)
    bureau = a_unit("water", "白银区水务局", UnitKind.DEPARTMENT, city.county, city.centre)
    forget_all()
    return top, off, bureau


def today():
    return timezone.localdate()


def a_rule(category, place, unit=None, **more):
    (rule,) = write([CatalogueRule(category=category, place=place, unit=unit, **more)], by=None)
    return rule


def where(city, category, **more):
    facts = {"code_unit": None, "is_sealed": False, "is_confidential": False, "accused_level": ""}
    return routing.decide(city.yihe, category=category, **{**facts, **more})


def test_the_deepest_category_wins_and_of_one_category_the_smallest_place(city, water):
    top, off, bureau = water
    county_top = a_rule(top, city.county, city.centre)
    assert where(city, off).rule == county_top
    by_place = a_rule(top, city.township, city.township_unit)
    assert where(city, off).rule == by_place
    by_category = a_rule(off, city.county, bureau)
    found = where(city, off)
    assert (found.rule, found.unit) == (by_category, bureau)
    assert list(found.beaten) == [by_place, county_top]


def test_secrecy_comes_before_the_catalogue_and_the_catalogue_before_the_sign(city, water):
    _top, off, bureau = water
    a_rule(off, city.county, bureau)
    assert where(city, off, is_sealed=True).unit == city.inspection
    assert where(city, off, is_confidential=True).unit == city.centre
    assert where(city, off, code_unit=city.next_door_unit).unit == bureau
    assert where(city, None, code_unit=city.next_door_unit).unit == city.next_door_unit


def test_a_rule_without_a_unit_means_the_place_s_own_or_the_county_s_centre(city, water):
    top, off, _bureau = water
    a_rule(top, city.county, None)
    assert where(city, off).unit == city.yihe_unit
    a_rule(off, city.county, None, keeps_above=True)
    assert where(city, off).unit == city.centre


def test_the_rule_of_a_closed_unit_is_passed_over(city, water):
    top, off, bureau = water
    a_rule(top, city.county, city.centre)
    a_rule(off, city.county, bureau)
    bureau.is_active = False
    bureau.save()
    assert where(city, off).unit == city.centre


def test_a_report_of_a_known_category_goes_where_the_catalogue_says(city, water):
    _top, off, bureau = water
    a_rule(off, city.county, bureau)
    assert a_filed(city, category=off).case.unit == bureau
    assert a_filed(city).case.unit == city.yihe_unit


def test_a_department_s_matter_is_not_pushed_down_to_the_grassroots(city, water):
    _top, off, bureau = water
    a_rule(off, city.county, bureau, keeps_above=True)
    case = a_filed(city, category=off).case
    dispatcher = staff(city.county_duty)
    for unit in (city.yihe_unit, city.township_unit):
        with pytest.raises(Refused, match=r"不下沉.*白银区水务局"):
            advance(case, "redispatch", by=dispatcher, unit=unit, words="请社区办")
    case.refresh_from_db()
    assert case.unit == bureau
    advance(case, "redispatch", by=dispatcher, unit=city.centre, words="请中心协调")


def test_without_the_mark_a_matter_may_be_handed_down(city, water):
    _top, off, bureau = water
    a_rule(off, city.county, bureau)
    case = a_filed(city, category=off).case
    advance(case, "redispatch", by=staff(city.county_duty), unit=city.yihe_unit, words="就近办")


# The pages -----------------------------------------------------------------------------------


def fields(city, water, **more):
    return {
        "category": water[1].pk,
        "place": "白银区",
        "unit": "白银区水务局",
        "valid_from": today().isoformat(),
        "reason": "三定方案",
        **more,
    }


def test_a_rule_is_looked_at_then_saved_with_who_and_when(city, operator, water):
    shown = operator.preview(RULE, **fields(city, water))
    assert "停水 · 白银区" in shown and "白银区水务局" in shown
    assert not CatalogueRule.objects.exists()
    operator.saved(RULE, **fields(city, water))
    rule = CatalogueRule.objects.get()
    assert (rule.unit, rule.made_by, rule.reason) == (water[2], city.operator, "三定方案")
    record = Record.objects.filter(kind="catalogue").latest("seq")
    assert record.account == city.operator
    assert record.facts["changes"] == {"停水 · 白银区": ["", "白银区水务局"]}
    page = operator.get("/catalogue")
    assert "白银区水务局" in page and "朱运维" in page


def test_what_is_saved_is_what_was_shown(city, operator, water):
    shown = operator.preview(RULE, **fields(city, water))
    answer = operator.post(
        RULE, step="save", previewed=previewed(shown), **fields(city, water, keeps_above="on")
    )
    assert answer.status_code == 200 and "现在还没有改" in text_of(answer)
    assert not CatalogueRule.objects.exists()


def test_a_rule_begins_on_its_day_and_can_be_taken_back_until_then(city, operator, water):
    _top, off, bureau = water
    tomorrow = today() + timedelta(days=1)
    operator.saved(RULE, **fields(city, water, valid_from=tomorrow.isoformat()))
    assert where(city, off).rule is None
    assert routing.decide(
        city.yihe, code_unit=None, is_sealed=False, is_confidential=False, accused_level="",
        category=off, at=timezone.now() + timedelta(days=1),
    ).unit == bureau  # fmt: skip
    rule = CatalogueRule.objects.get()
    page = f"/withdraw/catalogue/{rule.pk}"
    assert "白银区水务局" in operator.get(page)
    assert operator.post(page).status_code == 302
    rule.refresh_from_db()
    assert rule.withdrawn_by == city.operator
    answer = operator.post(page)
    assert answer.status_code == 422 and "已经撤回" in text_of(answer)
    assert "朱运维" in operator.get(f"{RULE}?rule={rule.pk}")  # it stays in the history


def test_what_has_begun_is_never_taken_back_only_replaced(city, operator, water):
    operator.saved(RULE, **fields(city, water))
    first = CatalogueRule.objects.get()
    answer = operator.post(f"/withdraw/catalogue/{first.pk}")
    assert answer.status_code == 422 and "已经生效" in text_of(answer)
    operator.saved(RULE, **fields(city, water, unit="白银区综治中心"))
    assert where(city, water[1]).unit == city.centre
    first.refresh_from_db()
    assert first.withdrawn_at is not None and CatalogueRule.objects.count() == 2


def test_an_ended_rule_lets_the_wider_one_through(city, operator, water):
    top, off, _bureau = water
    a_rule(top, city.county, city.centre)
    operator.saved(RULE, **fields(city, water))
    operator.saved(RULE, **fields(city, water, is_ended="on"))
    assert where(city, off).unit == city.centre


@pytest.mark.parametrize(
    ("wrong", "saying"),
    [
        ({"valid_from": "2020-01-01"}, "不能改过去"),
        ({"unit": "没有这个局"}, "没有找到"),
        ({"place": "社区"}, "请写全"),
        ({"category": ""}, "请选择类别"),
        ({"unit": "颐和社区居委会", "keeps_above": "on"}, "不能同时"),
    ],
)
def test_what_is_wrong_is_said(city, operator, water, wrong, saying):
    operator.refused(RULE, saying, **fields(city, water, **wrong))
    assert not CatalogueRule.objects.exists()


def test_a_dispatcher_of_the_county_sees_and_cannot_change(city, water):
    rule = a_rule(water[1], city.county, water[2])
    seer = Operator(city.county_duty)
    assert "白银区水务局" in seer.get("/catalogue")
    assert "白银区水务局" in seer.get(f"{RULE}?rule={rule.pk}")
    assert "先看会改什么" not in seer.get(RULE)
    assert seer.post(RULE, step="preview", **fields(city, water)).status_code == 404
    assert seer.browser.get("/desk/settings/catalogue/import").status_code == 404
    assert Operator(city.dispatcher).browser.get("/desk/settings/catalogue").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_a_fixed_number_of_questions(
    city, operator, water, count, django_assert_max_num_queries
):
    for place in (city.county, city.township, city.yihe)[:count]:
        a_rule(water[1], place, water[2])
    operator.get("/catalogue")
    with django_assert_max_num_queries(9):
        operator.get("/catalogue")


# What would happen to this text here? ----------------------------------------------------------


def ask(seer, **fields):
    answer = seer.post("/try", **{"text": "家里停水两天了", "place": "颐和社区", **fields})
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


def test_every_step_of_a_trial_is_told_and_nothing_is_stored(city, water):
    top, off, bureau = water
    a_rule(top, city.county, city.centre)
    a_rule(off, city.county, bureau)
    seer = Operator(city.county_duty)
    shown = ask(seer, category=off.pk)
    for part in ("用这一条：停水 · 白银区 → 白银区水务局", "类别没有它细", "30 分钟", "王政法"):
        assert part in shown
    assert "没有选" in ask(seer) and "张桂兰" in ask(seer)
    assert "白银区督查岗" in ask(seer, is_sealed="on", accused_level="village")
    assert "着火" in ask(seer, text="楼下着火了快来人")
    assert "像：" in ask(seer, text="村支书贪污了我们的补贴款")
    assert not city.yihe.cases.exists()


def test_a_trial_says_what_is_missing(city):
    answer = Operator(city.county_duty).post("/try", text="", place="没有这个村")
    assert answer.status_code == 422 and "没有找到" in text_of(answer)
