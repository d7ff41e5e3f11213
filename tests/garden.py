"""An estate below 颐和社区: a branch that dispatches, a manager, a committee, a building's code."""

from dataclasses import dataclass
from datetime import date

from builders import City, a_place, a_unit, make_city, someone
from mashang.cases.models import CaseType, CatalogueRule, Category
from mashang.codes.models import Batch, BatchKind, Code, CodeState
from mashang.core.cached import forget_all
from mashang.core.ids import new_code
from mashang.estates.models import Estate
from mashang.people.models import Account, Role, Unit, UnitKind
from mashang.places.models import Kind, Level, Place

ORDER = {
    "name": "order", "label": "要办什么", "kind": "choice", "is_required": True,
    "privacy": "public", "choices": ["维修", "电梯", "别的"],
    "implies": ["repair", "lift", ""],
}  # fmt: skip


@dataclass
class Garden:
    """银馨家园."""

    city: City
    estate: Estate
    building: Place
    code: Code
    manager: Unit
    department: Unit
    secretary: Account  # dispatches at the branch
    concierge: Account  # on duty at the manager
    chair: Account  # of the committee


def make_garden() -> Garden:
    forget_all()
    city = make_city()
    place = a_place("620402001007901", "银馨家园", Level.GRID, Kind.OTHER, city.yihe)
    building = a_place("6204020010079010003", "3号楼", Level.BUILDING, Kind.OTHER, place)
    branch = a_unit("branch", "银馨家园党支部", UnitKind.COMMUNITY, place, city.yihe_unit)
    manager = a_unit("manager", "银馨物业", UnitKind.OTHER, place, branch)
    committee = a_unit("committee", "银馨业委会", UnitKind.OTHER, place, branch)
    department = a_unit("market", "白银区市场监督管理局", UnitKind.DEPARTMENT, city.county)
    Category.objects.create(code="repair", name="维修")
    lift = Category.objects.create(code="lift", name="电梯")
    for where, unit, above in ((city.county, department, True), (place, branch, False)):
        CatalogueRule.objects.create(
            category=lift, place=where, unit=unit, keeps_above=above, valid_from=date(2026, 1, 1)
        )
    CaseType.objects.create(
        code="estate_order", name="业主下单", channels=["counter"], fields=[ORDER],
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
    batch = Batch.objects.create(name="银馨家园", kind=BatchKind.BUILDING, opens="estate_order")
    garden = Garden(
        city=city,
        estate=Estate.objects.create(
            place=place, households=932, persons=2991, branch=branch, manager=manager,
            committee=committee,
        ),
        building=building,
        code=Code.objects.create(
            code=new_code(), place=building, batch=batch, state=CodeState.LIVE
        ),
        manager=manager,
        department=department,
        secretary=someone("secretary", "党书记", branch, Role.DISPATCHER, on_duty=1, is_lead=True),
        concierge=someone("concierge", "物前台", manager, Role.HANDLER, on_duty=1),
        chair=someone("chair", "业主任", committee, Role.HANDLER, on_duty=1),
    )  # fmt: skip
    forget_all()
    return garden
