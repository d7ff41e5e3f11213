"""A small city with named people, for tests that need somebody to be on duty.

白银市 · 白银区 · 人民路街道 with two communities, and 会宁县 with one township and village, so that
every test of "cannot see" has something next door to see.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count

from django.core.management import call_command
from django.utils import timezone

from mashang.cases.actions.filing import Filed, Report, file_report
from mashang.codes.models import Batch, BatchKind, Code, CodeState
from mashang.core.ids import new_code
from mashang.people.actors import Resident, Staff
from mashang.people.models import Account, Position, Post, Role, Shift, Unit, UnitKind
from mashang.places.models import Kind, Level, Place

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in the city
PASSWORD = "a-long-enough-password"
_numbers = count(1)


@dataclass
class City:
    """Places, units and people by name."""

    county: Place  # 白银区
    township: Place  # 人民路街道
    yihe: Place  # 颐和社区
    next_door: Place  # 隔壁社区, same township
    far_village: Place  # a village in 会宁县

    yihe_unit: Unit
    next_door_unit: Unit
    township_unit: Unit
    centre: Unit
    inspection: Unit
    city_inspection: Unit
    far_unit: Unit
    far_inspection: Unit

    zhang: Account  # on duty at 颐和社区
    li: Account  # its second on duty
    lead: Account  # its lead, on no shift
    neighbour: Account  # on duty next door
    dispatcher: Account  # on duty at the township
    commissioner: Account  # rung 2
    heads: list[Account]  # rung 3
    county_leader: Account  # rung 4, assigned to the township
    county_secretary: Account  # rung 5
    county_head: Account  # rung 6
    city_secretary: Account  # rung 7
    county_duty: Account  # on duty at the governance centre
    inspector: Account  # on duty at the county's inspection post
    inspection_lead: Account
    city_inspector: Account
    far_cadre: Account
    far_inspector: Account
    operator: Account
    security: Account
    auditor: Account

    code: Code  # on 颐和社区 3号楼
    retired_code: Code


def a_place(code: str, name: str, level: Level, kind: Kind, parent: Place | None) -> Place:
    full = name if parent is None or parent.parent is None else parent.full_name + name
    return Place.objects.create(
        code=code, name=name, level=level, kind=kind, parent=parent, full_name=full,
        pinyin="", initials="",
    )  # fmt: skip


def a_phone() -> str:
    """A fresh invented mobile number; a run of all tests needs more than ten thousand."""
    return f"199{next(_numbers):08d}"


def an_account(username: str, name: str, *, phone: str | None = None) -> Account:
    return Account.objects.create_user(
        username, PASSWORD, name=name, phone=a_phone() if phone is None else phone
    )


def a_unit(code: str, name: str, kind: UnitKind, place: Place, parent: Unit | None = None) -> Unit:
    return Unit.objects.create(code=code, name=name, kind=kind, place=place, parent=parent)


def a_post(
    account: Account,
    unit: Unit,
    role: Role,
    *,
    place: Place | None = None,
    position: str = "",
    is_lead: bool = False,
    on_duty: int = 0,
) -> Post:
    """A post since long ago; `on_duty` puts the person on an all-day shift in that order."""
    long_ago = timezone.localdate() - timedelta(days=3000)
    if on_duty:
        Shift.objects.create(unit=unit, account=account, order=on_duty, valid_from=long_ago)
    return Post.objects.create(
        account=account, unit=unit, role=role, position=position, is_lead=is_lead,
        place=place or unit.place, starts_on=long_ago,
    )  # fmt: skip


def someone(
    username: str,
    name: str,
    unit: Unit,
    role: Role,
    *,
    place: Place | None = None,
    position: str = "",
    is_lead: bool = False,
    on_duty: int = 0,
) -> Account:
    account = an_account(username, name)
    a_post(account, unit, role, place=place, position=position, is_lead=is_lead, on_duty=on_duty)
    return account


def make_city() -> City:
    """Everybody and everything of `City`, with the published limits and ladder loaded."""
    call_command("load_rules", stdout=StringIO())
    baiyin = a_place("6204", "白银市", Level.PREFECTURE, Kind.CITY, None)
    county = a_place("620402", "白银区", Level.COUNTY, Kind.DISTRICT, baiyin)
    township = a_place("620402001", "人民路街道", Level.TOWNSHIP, Kind.SUBDISTRICT, county)
    yihe = a_place("620402001007", "颐和社区", Level.VILLAGE, Kind.COMMUNITY, township)
    next_door = a_place("620402001008", "隔壁社区", Level.VILLAGE, Kind.COMMUNITY, township)
    far_county = a_place("620422", "会宁县", Level.COUNTY, Kind.COUNTY, baiyin)
    far_township = a_place("620422200", "远山乡", Level.TOWNSHIP, Kind.TOWNSHIP, far_county)
    far_village = a_place("620422200201", "远山村", Level.VILLAGE, Kind.VILLAGE, far_township)

    city_centre = a_unit("city-centre", "白银市综治中心", UnitKind.CENTRE, baiyin)
    city_inspection = a_unit("city-inspection", "白银市督查岗", UnitKind.INSPECTION, baiyin)
    city_leaders = a_unit("city-leaders", "白银市委政法委", UnitKind.LEADERSHIP, baiyin)
    centre = a_unit("centre", "白银区综治中心", UnitKind.CENTRE, county, city_centre)
    inspection = a_unit("inspection", "白银区督查岗", UnitKind.INSPECTION, county, city_inspection)
    leaders = a_unit("leaders", "白银区领导", UnitKind.LEADERSHIP, county, centre)
    township_unit = a_unit("township", "人民路街道办", UnitKind.TOWNSHIP, township, centre)
    yihe_unit = a_unit("yihe", "颐和社区居委会", UnitKind.COMMUNITY, yihe, township_unit)
    next_door_unit = a_unit(
        "next-door", "隔壁社区居委会", UnitKind.COMMUNITY, next_door, township_unit
    )
    far_unit = a_unit("far", "远山村委会", UnitKind.COMMUNITY, far_village)
    far_inspection = a_unit(
        "far-inspection", "会宁县督查岗", UnitKind.INSPECTION, far_county, city_inspection
    )
    batch = Batch.objects.create(name="首批楼栋", kind=BatchKind.BUILDING)
    return City(
        county=county,
        township=township,
        yihe=yihe,
        next_door=next_door,
        far_village=far_village,
        yihe_unit=yihe_unit,
        next_door_unit=next_door_unit,
        township_unit=township_unit,
        centre=centre,
        inspection=inspection,
        city_inspection=city_inspection,
        far_unit=far_unit,
        far_inspection=far_inspection,
        zhang=someone("zhang", "张桂兰", yihe_unit, Role.HANDLER, on_duty=1),
        li=someone("li", "李建国", yihe_unit, Role.HANDLER, on_duty=2),
        lead=someone("lead", "周书成", yihe_unit, Role.HANDLER, is_lead=True),
        neighbour=someone("neighbour", "邻居红", next_door_unit, Role.HANDLER, on_duty=1),
        dispatcher=someone("dispatcher", "马派单", township_unit, Role.DISPATCHER, on_duty=1),
        commissioner=someone(
            "commissioner", "王政法", township_unit, Role.LEADER, position=Position.COMMISSIONER
        ),
        heads=[
            someone(name, title, township_unit, Role.LEADER, position=Position.TOWNSHIP_HEAD)
            for name, title in (("head1", "赵主任"), ("head2", "钱书记"))
        ],
        county_leader=someone(
            "county-leader", "孙包联", leaders, Role.LEADER, place=township,
            position=Position.COUNTY_LEADER,
        ),
        county_secretary=someone(
            "county-secretary", "吴政法", leaders, Role.LEADER,
            position=Position.COUNTY_SECRETARY,
        ),
        county_head=someone(
            "county-head", "郑县长", leaders, Role.LEADER, position=Position.COUNTY_HEAD
        ),
        city_secretary=someone(
            "city-secretary", "冯政法", city_leaders, Role.LEADER,
            position=Position.CITY_SECRETARY,
        ),
        county_duty=someone("county-duty", "陈值班", centre, Role.DISPATCHER, on_duty=1),
        inspector=someone("inspector", "卫督查", inspection, Role.INSPECTOR, on_duty=1),
        inspection_lead=someone(
            "inspection-lead", "蒋督查", inspection, Role.INSPECTOR, is_lead=True,
            position=Position.COUNTY_INSPECTION,
        ),
        city_inspector=someone(
            "city-inspector", "沈督查", city_inspection, Role.INSPECTOR, on_duty=1,
            position=Position.CITY_INSPECTION,
        ),
        far_cadre=someone("far-cadre", "韩远山", far_unit, Role.HANDLER, on_duty=1),
        far_inspector=someone(
            "far-inspector", "杨会宁", far_inspection, Role.INSPECTOR, on_duty=1
        ),
        operator=someone("operator", "朱运维", city_centre, Role.SYSTEM_OPERATOR),
        security=someone("security", "秦安全", city_centre, Role.SECURITY_OPERATOR),
        auditor=someone("auditor", "尤审计", city_centre, Role.AUDITOR),
        code=Code.objects.create(
            code=new_code(), place=yihe, spot="3号楼", batch=batch, state=CodeState.LIVE
        ),
        retired_code=Code.objects.create(
            code=new_code(), place=yihe, spot="旧楼", batch=batch, state=CodeState.RETIRED
        ),
    )  # fmt: skip


WORDS = "三号楼门口的下水井盖坏了一个多星期，老人晚上出门怕踩空。"
NAME, PHONE = "何秀英", "13909431234"


def a_report(city: City, **changes: object) -> Report:
    """A plain report from the code on 颐和社区 3号楼, with a token of its own."""
    values: dict[str, object] = {
        "token": f"token-{next(_numbers)}",
        "place": city.yihe,
        "spot": "3号楼",
        "code": city.code,
        "text": f"{WORDS}（{next(_numbers)}）",
        "name": NAME,
        "phone": PHONE,
        **changes,
    }
    return Report(**values)  # type: ignore[arg-type]


def a_filed(city: City, *, at: datetime | None = None, **changes: object) -> Filed:
    return file_report(a_report(city, **changes), by=Resident(), at=at)


def requester_of(filed: Filed) -> Resident:
    return Resident(frozenset({filed.case.pk}))


def staff(account: Account) -> Staff:
    """A fresh actor, with today's posts."""
    return Staff(Account.objects.get(pk=account.pk))
