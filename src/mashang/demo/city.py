"""The demonstration city: the real divisions of Baiyin, with invented people at every one.

The same at every run, but for passwords' salts. Sources: data/SOURCES.md.
"""

from dataclasses import dataclass
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from mashang.codes.models import Batch, BatchKind, Code, CodeState
from mashang.core.errors import Refused
from mashang.core.ids import new_code
from mashang.core.tables import Say
from mashang.demo import estates
from mashang.demo.departments import fill_catalogue, officials, staff_departments
from mashang.demo.invented import Invention
from mashang.demo.legal import staff_counsel
from mashang.demo.staffing import (
    BATCH_SIZE,
    SHOWN_COMMUNITY,
    Step,
    staff_city,
    staff_communities,
    staff_counties,
    staff_townships,
)
from mashang.demo.told import DATA
from mashang.directory.loading import load_services
from mashang.people.finding import spell_units
from mashang.people.models import Account, Unit
from mashang.places.loading import load_divisions
from mashang.places.models import Kind, Level, Place

DIVISIONS = DATA / "baiyin_divisions.csv"
MAP = DATA / "baiyin_map.csv"  # where the seats of the counties lie
SERVICES = DATA / "services.csv"
PASSWORD = "mashang-demo-2026"  # noqa: S105 - printed at start, and production refuses the city
SHOWN_CODE = "BYYHSQ333G"  # the sign to scan first: 颐和社区 3号楼
SHOWN_SPOT = "3号楼"
RETIRED_CODE = "BYTYQY2229"  # a sign that was taken down: 颐和社区 1号楼
RETIRED_SPOT = "1号楼"

RIDERS_CODE = "BYQSZ8888U"  # a rider's own: opens 随手报隐患 at once
RIDERS_STOP = "颐和驿站"
AUTUMN_SPOTS = ("4号楼", "5号楼", "小区东门", "2号楼")  # the last one faded
BUILDINGS = (2, 4)  # signs on residential buildings of a community, at least and at most
OFFICE_SPOTS = {
    Kind.COMMUNITY: "党群服务中心",
    Kind.VILLAGE: "村委会大院",
    Kind.SUBDISTRICT: "便民服务大厅",
    Kind.TOWN: "便民服务大厅",
    Kind.TOWNSHIP: "便民服务大厅",
}


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demonstration who can sign in."""

    username: str
    password: str
    what: str


SIGNED_IN = {
    "yihe": "颐和社区干部：收短信、回电、办理",
    "branch": "银馨家园小区党支部：业主下单先到这里，派给物业、业委会",
    "manager": "银馨物业：接单、约时间、办理",
    "committee": "银馨家园业委会",
    "township": "工农路街道派单员：分拨，决定退单和延期",
    "county": "白银区综治中心派单员：全区事项",
    "followup": "白银区综治中心回访员：回访、督查",
    "inspection": "白银区督查岗：涉及干部或单位的事项",
    "leader": "包联工农路街道的区领导",
    "city": "白银市综治中心派单员：全市事项",
    "lawyer1": "工农路街道公共法律服务站值班律师：答复法律咨询",
    "lawyer2": "同一站的另一位律师：公开前再看一遍",
    "operator": "系统管理员：基础数据、时限、短信",
    "security": "安全管理员",
    "auditor": "审计员",
}


def demo_people() -> list[DemoPerson]:
    """Who can sign in, for the start command to print; the same in every demonstration."""
    return [DemoPerson(username, PASSWORD, what) for username, what in SIGNED_IN.items()]


def is_filled() -> bool:
    """Whether this database holds the demonstration city."""
    return Code.objects.filter(pk=SHOWN_CODE).exists()


def fill(say: Say) -> bool:
    """Fill an empty database with the city; False where the city is there already.

    `say` gets a line per step. Raises Refused in production, and where there are other data.
    """
    if settings.MODE == "production":
        raise Refused(_("正式运行时不能装入演示城市。"))
    if is_filled():
        return False
    if any(model.objects.exists() for model in (Place, Unit, Account, Batch)):
        raise Refused(_("数据库里已有别的数据，没有装入演示城市。"))
    with transaction.atomic():
        say(_("区划：%(tally)s") % {"tally": load_divisions(DIVISIONS)})
        load_divisions(MAP)
        invention, units, password = Invention(), {}, make_password(PASSWORD)
        for title, staff in (
            (_("市级"), staff_city),
            (_("县区"), staff_counties),
            (_("乡镇街道"), staff_townships),
            (_("村社区"), staff_communities),
        ):
            step = Step(invention, units, password)
            staff(step)
            step.write()
            counts = {"title": title, "units": len(step.units), "people": len(step.accounts)}
            say(_("%(title)s：单位 %(units)d 个，人员 %(people)d 名") % counts)
        say(_("二维码：%(count)d 个") % {"count": _put_up_codes(invention.random)})
        step = officials(units, password)
        staff_departments(step)
        step.write()
        staff_counsel(units, password)
        estates.staff_estate(units, password)
        estates.put_up_codes()
        categories, rules = fill_catalogue()
        estates.load()
        spell_units()
        say(_("服务：%(tally)s") % {"tally": load_services(SERVICES)})
        counts = {"units": len(step.units), "categories": categories, "rules": rules}
        say(_("部门 %(units)d 个，事项类别 %(categories)d 个，职责目录 %(rules)d 条") % counts)
    return True


def _put_up_codes(random: Random) -> int:
    """One code on every office, and some on the residential buildings of the communities."""
    offices = Batch.objects.create(name="办公场所（演示）", kind=BatchKind.OFFICE)
    buildings = Batch.objects.create(name="居民楼（演示）", kind=BatchKind.BUILDING)
    codes = []
    for place in Place.objects.filter(level__in=(Level.TOWNSHIP, Level.VILLAGE)):
        spot = OFFICE_SPOTS[Kind(place.kind)]
        codes.append(_live(new_code(random.choice), place, spot, offices))
        if place.code == SHOWN_COMMUNITY:
            codes.append(_live(SHOWN_CODE, place, SHOWN_SPOT, buildings))
            retired = _live(RETIRED_CODE, place, RETIRED_SPOT, buildings)
            retired.state = CodeState.RETIRED
            codes.append(retired)
        elif place.kind == Kind.COMMUNITY:
            for number in range(1, random.randint(*BUILDINGS) + 1):
                codes.append(_live(new_code(random.choice), place, f"{number}号楼", buildings))
    codes += _autumn_codes() + _riders_codes()
    Code.objects.bulk_create(codes, batch_size=BATCH_SIZE)
    return len(codes)


def _autumn_codes() -> list[Code]:
    """What a newcomer should see at 颐和社区: signs that wait to be put up, and one faded."""
    batch = Batch.objects.create(name="2026年秋季补做（演示）", kind=BatchKind.BUILDING)
    place = Place.objects.get(pk=SHOWN_COMMUNITY)
    choose = Random("autumn").choice  # noqa: S311 (the same at every run)
    codes = [_live(new_code(choose), place, spot, batch) for spot in AUTUMN_SPOTS]
    for code in codes[:-1]:
        code.state = CodeState.ISSUED
    codes[-1].state = CodeState.DAMAGED
    return codes


def _riders_codes() -> list[Code]:
    """At the rest stop, and for riders to keep; of the latter nobody knows whose they are."""
    kinds = (("骑手驿站（演示）", BatchKind.STOP), ("骑手自己的码（演示）", BatchKind.VEHICLE))
    stop, own = (Batch.objects.create(name=n, kind=kind, opens="hazard") for n, kind in kinds)
    place = Place.objects.get(pk=SHOWN_COMMUNITY)
    choose = Random("riders").choice  # noqa: S311 (the same at every run)
    return [
        _live(new_code(choose), place, RIDERS_STOP, stop),
        _live(RIDERS_CODE, place, "01", own),
        _live(new_code(choose), place, "02", own),
    ]


def _live(code: str, place: Place, spot: str, batch: Batch) -> Code:
    return Code(code=code, place=place, spot=spot, batch=batch, state=CodeState.LIVE)
