"""The departments of each county of the demonstration city, and which matters are theirs.

As in a real city a department's matter is not pushed down: its rules in the catalogue say so. What
neighbours and stairwells are about stays with the community.
"""

from dataclasses import dataclass
from datetime import time
from pathlib import Path

from django.utils import timezone

from mashang.cases.models import CaseType, CatalogueRule, Category, Channel, Urgency
from mashang.cases.types import AnswerKind, Privacy, Question
from mashang.configuration.loading.categories import load_categories
from mashang.core.versions import write
from mashang.demo.invented import Invention
from mashang.demo.staffing import CITY, SINCE, Step
from mashang.people.models import Role, Shift, Unit, UnitKind
from mashang.places.models import Level, Place

CATEGORIES = Path(__file__).resolve().parent / "data" / "categories.csv"
FIRST_OFFICIAL = 5001  # between the numbers of cadres and those of residents
WORKDAYS, OPENS, CLOSES = "12345", time(8, 30), time(18, 0)


@dataclass(frozen=True)
class Department:
    """A department of a county: its code behind the county's, its name, its categories."""

    code: str
    name: str
    categories: tuple[str, ...]


DEPARTMENTS = (
    Department("housing", "住房和城乡建设局", ("housing", "utility.heating", "utility.gas")),
    Department("urban", "城市管理综合执法局", (
        "clean.rubbish", "clean.toilet", "road.lamp", "road.manhole", "road.surface",
        "order.stalls", "order.building", "order.adverts", "order.dogs", "road.parking",
    )),
    Department("transport", "交通运输局", ("road",)),
    Department("police", "公安局", ("road.signal", "safety.crime", "office.papers")),
    Department("water", "水务局", (
        "utility.water-off", "utility.water-quality", "clean.sewage", "safety.flood",
        "farming.irrigation",
    )),
    Department("power", "供电公司", ("utility.power-off",)),
    Department("ecology", "生态环境分局", ("clean.noise", "clean.smoke", "clean.farm")),
    Department("emergency", "应急管理局", ("safety.site",)),
    Department("fire", "消防救援大队", ("safety.fire-lane", "safety.charging")),
    Department("agriculture", "农业农村局", ("farming",)),
    Department("land", "自然资源局", ("farming.occupied", "housing.title")),
    Department("civil", "民政局", ("support.minimum", "support.elderly")),
    Department("disabled", "残疾人联合会", ("support.disabled",)),
    Department("labour", "人力资源和社会保障局", ("work", "support.pension")),
    Department("insurance", "医疗保障局", ("support.medical",)),
    Department("education", "教育局", ("school",)),
    Department("health", "卫生健康局", ("health",)),
    Department("market", "市场监督管理局", ("market", "utility.billing", "housing.lift")),
)  # fmt: skip
# What the community handles itself, though the branch above belongs to a department.
LOCAL = ("order.stairwell", "neighbour", "housing.committee")


def staff_departments(step: Step) -> None:
    """Per county its departments, each with a head and an officer, on duty in office hours."""
    for county in Place.objects.filter(level=Level.COUNTY):
        for department in DEPARTMENTS:
            unit = step.unit(
                f"{county.code}-{department.code}",
                f"{county.name}{department.name}",
                UnitKind.DEPARTMENT,
                county,
                f"{county.code}-centre",
            )
            head, officer = step.person(unit), step.person(unit)
            step.post(head, unit, Role.HANDLER, "负责人", is_lead=True)
            step.post(officer, unit, Role.HANDLER, "诉求办理专员")
            step.shifts.append(
                Shift(
                    unit=unit, account=officer, weekdays=WORKDAYS, starts=OPENS, ends=CLOSES,
                    valid_from=SINCE,
                )
            )  # fmt: skip


def officials(units: dict[str, Unit], password: str) -> Step:
    """Where the departments' people are gathered: their invented numbers are a block of their
    own, so that everybody else keeps theirs."""
    return Step(Invention(first=FIRST_OFFICIAL), units, password)


def fill_catalogue() -> tuple[int, int]:
    """Load the categories, write the catalogue and one further type from today; how many
    categories and rules."""
    load_categories(CATEGORIES)
    categories = {category.code: category for category in Category.objects.all()}
    units = {unit.code: unit for unit in Unit.objects.filter(kind=UnitKind.DEPARTMENT)}
    today, reason = timezone.localdate(), "演示"
    rules = [
        CatalogueRule(
            category=categories[code],
            place=county,
            unit=units[f"{county.code}-{department.code}"],
            keeps_above=True,
            valid_from=today,
            reason=reason,
        )
        for county in Place.objects.filter(level=Level.COUNTY)
        for department in DEPARTMENTS
        for code in department.categories
    ]
    city = Place.objects.get(pk=CITY)
    rules += [
        CatalogueRule(category=categories[code], place=city, valid_from=today, reason=reason)
        for code in LOCAL
    ]
    write(rules, by=None)
    write([consultation(categories["office.policy"]), hazard(), mailbox(), estate_order()], by=None)
    # Reports of the weeks before are read with the forms that they were made with.
    CaseType.objects.update(valid_from=SINCE)
    return len(categories), len(rules)


def consultation(category: Category) -> CaseType:
    """A type beside the plain request: asking how something is done."""
    asked = [
        Question(
            "matter",
            "想问哪方面的事",
            AnswerKind.CHOICE,
            is_required=True,
            privacy=Privacy.PUBLIC,
            choices=("社保医保", "户口证件", "住房", "上学", "补贴救助", "其他"),
        ),
        Question(
            "visited",
            "去窗口问过吗",
            AnswerKind.YES_NO,
            help="问过的话，我们先看窗口是怎么答复您的。",
        ),
        Question("needed_by", "最晚哪天要用", AnswerKind.DATE, help="不急可以不写。"),
    ]
    return CaseType(
        code="consultation",
        name="咨询",
        help="问政策、问怎么办事，用这张表。两个工作日内答复。",
        urgency=Urgency.CONSULTATION,
        default_category=category,
        channels=list(Channel.values),
        fields=[question.kept() for question in asked],
        valid_from=timezone.localdate(),
        reason="演示",
    )


def hazard() -> CaseType:
    """Three taps for whoever is on the road all day; nobody has to, and nothing is counted."""
    kind = Question(
        "hazard",
        "看到什么",
        AnswerKind.CHOICE,
        is_required=True,
        privacy=Privacy.PUBLIC,
        choices=(
            "路面坑洼塌陷", "井盖缺失松动", "电线树枝垂下来", "路灯红绿灯不亮",
            "消防通道堵了", "别的",
        ),
        implies=("road.surface", "road.manhole", "", "road.lamp", "safety.fire-lane", ""),
    )  # fmt: skip
    return CaseType(
        code="hazard",
        name="随手报隐患",
        help="骑手、司机、店家，路上看见不安全的，选一下就行。愿意才报，不记名，不积分，不定位。",
        urgency=Urgency.ORDINARY,
        is_short=True,
        channels=["code", "web"],
        fields=[kind.kept()],
        valid_from=timezone.localdate(),
        reason="演示",
    )


def estate_order() -> CaseType:
    """What owners order: opened by the codes of an estate's buildings, or filled at a counter."""
    what = Question(
        "order",
        "要办什么",
        AnswerKind.CHOICE,
        is_required=True,
        privacy=Privacy.PUBLIC,
        choices=("维修", "保洁", "充电桩", "停车", "噪音", "电梯", "别的"),
        implies=(
            "housing.repair", "housing.cleaning", "housing.charging", "housing.parking",
            "clean.noise", "housing.lift", "",
        ),
    )  # fmt: skip
    where = Question("where", "在哪里", AnswerKind.CHOICE, choices=("公共的地方", "我家里"))
    visit = Question("visit", "什么时候方便上门", help="例如：工作日晚上 7 点以后。")
    return CaseType(
        code="estate_order",
        name="业主下单",
        help="先到社区党组织，派给物业、业委会或者有关部门；接单的约好时间，办好由您确认。",
        urgency=Urgency.ORDINARY,
        channels=["counter", "phone"],
        fields=[question.kept() for question in (what, where, visit)],
        valid_from=timezone.localdate(),
        reason="演示",
    )


def mailbox() -> CaseType:
    """What riders, couriers, drivers and shop keepers suggest or wish for."""
    work = Question(
        "work",
        "您做什么工作",
        AnswerKind.CHOICE,
        choices=("外卖骑手", "快递员", "网约车司机", "货车司机", "商户", "别的"),
    )
    return CaseType(
        code="mailbox",
        name="连“新”信箱",
        help="骑手、快递员、司机、店家的建议和心愿：充电、歇脚、进小区、停车，都可以说。",
        urgency=Urgency.ORDINARY,
        channels=["code", "web"],
        fields=[work.kept()],
        valid_from=timezone.localdate(),
        reason="演示",
    )
