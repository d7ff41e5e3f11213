"""Who sees which case: the function and the query agree, and sealed means sealed."""

import pytest

from builders import a_filed, a_post, staff
from mashang.cases.access import may_see_identity, relations, visible_to
from mashang.cases.actions.moving import advance
from mashang.cases.flow import Who
from mashang.core.errors import Refused
from mashang.people.actors import SYSTEM, Resident
from mashang.people.models import Account, Post, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(city):
    """One of each kind in 颐和社区, next door and in another county."""
    kinds = {
        "plain": {},
        "confidential": {"is_confidential": True},
        "about_village": {"is_sealed": True, "accused_level": "village"},
        "about_township": {"is_sealed": True, "accused_level": "township"},
        "about_county": {"is_sealed": True, "accused_level": "county"},
        "about_somebody": {"is_sealed": True, "accused_level": "unknown"},
    }
    found = {name: a_filed(city, **more).case for name, more in kinds.items()}
    found["next_door"] = a_filed(city, place=city.next_door, code=None).case
    found["far"] = a_filed(city, place=city.far_village, code=None).case
    return found


def seen(cases, actor):
    visible = set(visible_to(actor))
    by_function = {name for name, case in cases.items() if relations(actor, case)}
    assert by_function == {name for name, case in cases.items() if case in visible}
    return by_function


SEALED_IN_COUNTY = {"about_village", "about_township", "about_somebody"}
EXPECTED = {
    "zhang": {"plain"},
    "neighbour": {"next_door"},
    "far_cadre": {"far"},
    "dispatcher": {"plain", "confidential", "next_door"},
    "commissioner": {"plain", "confidential", "next_door"},
    "county_leader": {"plain", "confidential", "next_door"},
    "county_duty": {"plain", "confidential", "next_door"},
    "county_head": {"plain", "confidential", "next_door"},
    "city_secretary": {"plain", "confidential", "next_door", "far"},
    "inspector": {"plain", "confidential", "next_door", *SEALED_IN_COUNTY},
    "inspection_lead": {"plain", "confidential", "next_door", *SEALED_IN_COUNTY},
    "city_inspector": {
        "plain", "confidential", "next_door", "far", "about_county", *SEALED_IN_COUNTY,
    },
    "far_inspector": {"far"},
    "operator": set(),
    "security": set(),
    "auditor": set(),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_each_sees_their_own_and_nothing_else(city, cases, name):
    assert seen(cases, staff(getattr(city, name))) == EXPECTED[name]


def test_every_pair_of_function_and_query_agrees_for_everybody(city, cases):
    for account in Account.objects.all():
        seen(cases, staff(account))


def test_somebody_who_also_serves_below_sees_no_sealed_case_about_it(city, cases):
    a_post(city.inspector, city.yihe_unit, Role.HANDLER)
    assert seen(cases, staff(city.inspector)) == {"plain", "confidential", "next_door"}


def test_a_post_that_has_ended_opens_nothing(city, cases):
    Post.objects.filter(account=city.zhang).update(ends_on="2020-01-01")
    assert seen(cases, staff(city.zhang)) == set()


def test_a_blocked_account_sees_nothing(city, cases):
    Account.objects.filter(pk=city.city_inspector.pk).update(is_active=False)
    assert seen(cases, staff(city.city_inspector)) == set()


def test_a_resident_sees_the_cases_of_their_link(cases):
    plain = cases["plain"]
    assert seen(cases, Resident(frozenset({plain.pk}))) == {"plain"}
    assert seen(cases, Resident()) == set()


def test_the_system_sees_all(cases):
    assert seen(cases, SYSTEM) == set(cases)


def test_whose_place_is_only_a_prefix_of_the_number_is_not_inside(city, cases):
    """6204020010 is no parent of 620402001007: scope is a whole division."""
    county = staff(city.county_duty)
    assert relations(county, cases["far"]) == set()


def test_a_sealed_case_cannot_be_sent_to_whom_it_concerns(city, cases):
    inspector = staff(city.inspector)
    case = cases["about_village"]
    a_post(city.inspector, city.inspection, Role.DISPATCHER)
    for unit in (city.yihe_unit, city.township_unit, city.centre):
        with pytest.raises(Refused, match="督查岗"):
            advance(case, "redispatch", by=staff(city.inspector), unit=unit, words="请核实")
    assert Who.INSPECTOR in relations(inspector, case)


@pytest.mark.parametrize(
    ("name", "case", "may"),
    [
        ("zhang", "plain", True),
        ("dispatcher", "plain", True),
        ("commissioner", "plain", False),
        ("neighbour", "plain", False),
        ("county_duty", "confidential", True),
        ("inspector", "confidential", True),
        ("dispatcher", "confidential", False),
        ("inspector", "about_village", True),
        ("county_duty", "about_village", False),
        ("auditor", "plain", False),
    ],
)
def test_who_may_see_an_identity(city, cases, name, case, may):
    assert may_see_identity(staff(getattr(city, name)), cases[case]) is may
