"""The demonstration city: the real divisions, somebody on duty everywhere, the same every time."""

import csv
from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from mashang.cases.warning_words import sounds_like_accusation, sounds_like_emergency
from mashang.codes.models import Code, CodeState
from mashang.codes.queries import Outcome, look_up
from mashang.core.ids import is_code
from mashang.core.phones import clean_phone
from mashang.demo.city import (
    DATA,
    DIVISIONS,
    RETIRED_CODE,
    SHOWN_CODE,
    demo_people,
)
from mashang.people.duty import holders, who_is_on_call
from mashang.people.models import Account, Position, Post, Role, Shift, Unit, UnitKind
from mashang.people.roles import clash
from mashang.places.models import Kind, Level, Place
from mashang.places.queries import search

TOWNSHIPS = {"620402": 10, "620403": 11, "620421": 18, "620422": 28, "620423": 11}
YIHE = "620402004007"
NIGHT = datetime(2026, 2, 16, 19, 30, tzinfo=UTC)  # 3:30 on the eve of the Spring Festival


def test_the_file_holds_every_division_of_baiyin():
    with DIVISIONS.open(encoding="utf-8") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert all(len(code) == 12 and code.startswith("6204") for code in codes)
    assert len(set(codes)) == len(codes) == 1 + 5 + 78 + 860


@pytest.mark.usefixtures("demo_city", "db")
class TestCity:
    def test_five_counties_78_townships_860_villages_and_communities(self):
        levels = Counter(Place.objects.values_list("level", flat=True))
        assert levels == {
            Level.PREFECTURE: 1,
            Level.COUNTY: 5,
            Level.TOWNSHIP: 78,
            Level.VILLAGE: 860,
            Level.GRID: 1,  # an estate
            Level.BUILDING: 12,
        }
        townships = Counter(
            Place.objects.filter(level=Level.TOWNSHIP).values_list("parent", flat=True)
        )
        assert townships == TOWNSHIPS
        kinds = Counter(Place.objects.filter(level=Level.VILLAGE).values_list("kind", flat=True))
        assert kinds == {Kind.VILLAGE: 702, Kind.COMMUNITY: 158}

    def test_yihe_is_there_under_its_real_code(self):
        yihe = Place.objects.get(pk=YIHE)
        assert yihe.full_name == "白银区工农路街道颐和社区"
        assert search("yihe")[0] == yihe

    def test_every_place_has_its_unit_and_the_chain_ends_at_the_city_s_centre(self):
        assert Unit.objects.filter(kind=UnitKind.COMMUNITY).count() == 861  # and an estate
        assert Unit.objects.filter(kind=UnitKind.TOWNSHIP).count() == 78
        chain, unit = [], Unit.objects.get(place=YIHE)
        while unit:
            chain.append(unit.name)
            unit = unit.parent
        assert chain == ["颐和社区居委会", "工农路街道办事处", "白银区综治中心", "白银市综治中心"]
        inspection = Unit.objects.get(place="620421", kind=UnitKind.INSPECTION)
        assert inspection.parent.name == "白银市督查岗"

    def test_somebody_of_its_own_is_on_duty_everywhere_at_any_hour(self):
        on_duty = set(
            Shift.objects.filter(starts="00:00", ends="00:00").values_list("unit", flat=True)
        )
        kinds = [
            UnitKind.COMMUNITY,
            UnitKind.TOWNSHIP,
            UnitKind.CENTRE,
            UnitKind.INSPECTION,
            UnitKind.COUNSEL,
            UnitKind.OTHER,  # property managers and owners' committees
        ]
        assert on_duty == set(Unit.objects.filter(kind__in=kinds).values_list("pk", flat=True))
        found = who_is_on_call(Unit.objects.get(place=YIHE), at=NIGHT)
        assert (found.account.username, found.reason) == ("yihe", "shift")
        second = who_is_on_call(found.unit, at=NIGHT, without=[found.account.pk])
        assert second.reason == "shift"

    def test_every_rung_of_the_ladder_is_held_for_every_township(self):
        for township in Place.objects.filter(level=Level.TOWNSHIP):
            for position in set(Position) - {Position.CADRE}:
                assert holders(position, township.code), f"{township} {position}"
        assert len(holders(Position.TOWNSHIP_HEAD, YIHE)) == 2
        leader = holders(Position.COUNTY_LEADER, YIHE)
        assert [post.account.username for post in leader] == ["leader"]

    def test_a_county_leader_may_have_several_townships_but_each_township_has_one(self):
        posts = Post.objects.filter(position=Position.COUNTY_LEADER)
        assert posts.count() == 78
        assert 20 < posts.values("account").distinct().count() < 40

    def test_every_village_and_community_has_two_cadres_one_of_them_its_lead(self):
        cadres = Post.objects.filter(position=Position.CADRE)
        assert cadres.count() == 2 * 860
        assert cadres.filter(is_lead=True).values("unit").distinct().count() == 860
        assert all(post.place_id == post.unit.place_id for post in cadres.select_related("unit"))

    def test_all_phones_are_distinct_good_and_of_the_invented_block(self):
        phones = [account.phone for account in Account.objects.all()]
        assert len(set(phones)) == len(phones) > 2000
        assert all(clean_phone(phone) == phone for phone in phones)
        assert all(phone.startswith("1990000") for phone in phones)

    def test_only_the_demo_people_can_sign_in(self):
        people = {person.username: person for person in demo_people()}
        able = {a.username for a in Account.objects.all() if a.has_usable_password()}
        assert able == people.keys()
        assert authenticate(username="yihe", password=people["yihe"].password).name
        assert authenticate(username="yihe", password="wrong") is None

    def test_the_administrators_are_three_people(self):
        roles = {Role.SYSTEM_OPERATOR, Role.SECURITY_OPERATOR, Role.AUDITOR}
        posts = Post.objects.filter(role__in=roles).select_related("account")
        assert {(post.account.username, post.role) for post in posts} == {
            ("operator", "system_operator"),
            ("security", "security_operator"),
            ("auditor", "auditor"),
        }
        assert clash(posts) is not None  # they would exclude each other in one person

    def test_codes_hang_on_every_office_and_on_a_few_hundred_buildings(self):
        offices = Code.objects.filter(batch__kind="office")
        assert offices.count() == 860 + 78
        assert offices.values("place").distinct().count() == 860 + 78
        assert 300 < Code.objects.filter(batch__kind="building").count() < 800
        assert all(is_code(code) for code in Code.objects.values_list("code", flat=True))

    def test_the_printed_code_leads_to_the_third_building_of_yihe(self):
        found = look_up(SHOWN_CODE)
        assert (found.outcome, found.place.code, found.code.spot) == (Outcome.USABLE, YIHE, "3号楼")
        retired = look_up(RETIRED_CODE)
        assert (retired.outcome, retired.code.state) == (Outcome.RETIRED, CodeState.RETIRED)

    def test_a_second_time_nothing_happens_and_is_said(self):
        before = Account.objects.count(), Code.objects.count()
        out = StringIO()
        call_command("demo_city", stdout=out)
        assert "已经在了" in out.getvalue()
        assert (Account.objects.count(), Code.objects.count()) == before


def reports():
    with (DATA / "reports.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_invented_reports_are_varied_and_fit_the_form():
    rows = reports()
    lengths = [len(row["text"]) for row in rows]
    assert len({row["text"] for row in rows}) == len(rows) >= 40
    assert min(lengths) >= 20 and max(lengths) <= 400 and max(lengths) > 250
    assert all(len(row["spot"]) <= 80 and row["category"] for row in rows)
    assert len({row["category"] for row in rows}) > 15


def test_two_reports_sound_like_emergencies_and_three_concern_a_cadre():
    rows = reports()
    emergencies = [row for row in rows if sounds_like_emergency(row["text"])]
    conduct = [row for row in rows if sounds_like_accusation(row["text"])]
    assert [row["category"] for row in emergencies] == ["紧急"] * 2
    assert [row["category"] for row in conduct] == ["干部作风"] * 3
