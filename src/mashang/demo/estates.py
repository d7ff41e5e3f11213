"""An estate of the demonstration at the scale of a real one: 932 households, 2,991 persons.

Its numbers are in data/estates.csv; its name, people and orders are invented.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from mashang.cases import types
from mashang.cases.actions.filing import Report
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Channel
from mashang.codes.models import Batch, BatchKind, Code, CodeState
from mashang.core.ids import new_code
from mashang.demo.invented import Invention
from mashang.demo.staffing import BATCH_SIZE, SHOWN_COMMUNITY, Step
from mashang.demo.told import DATA, Told, count_as_sent, file_and_tell, newest_message
from mashang.estates.actions import raise_topic
from mashang.estates.loading import load_estates
from mashang.estates.models import Estate
from mashang.people.actors import Staff
from mashang.people.models import Account, Role, Unit, UnitKind
from mashang.places.models import Kind, Level, Place
from mashang.places.naming import spell

ESTATE = "620402004007901"  # 银馨家园
NAME, BUILDINGS = "银馨家园", 12
ESTATES = DATA / "estates.csv"
FIRST_PERSON, FIRST_OWNER = 5601, 7501  # blocks of invented numbers of their own
MANAGER, COMMITTEE = f"{ESTATE}-manager", f"{ESTATE}-committee"


def staff_estate(units: dict[str, Unit], password: str) -> None:
    """The estate's places, its three units and their people."""
    place = _build()
    step = Step(Invention(first=FIRST_PERSON), units, password)
    branch = step.unit(ESTATE, "银馨家园小区党支部", UnitKind.COMMUNITY, place, SHOWN_COMMUNITY)
    first = step.person(branch, duty=1, username="branch")
    step.post(first, branch, Role.DISPATCHER, "小区党支部书记", is_lead=True)
    step.post(step.person(branch, duty=2), branch, Role.DISPATCHER, "小区网格员")
    step.write()  # the other two stand below it
    step = Step(step.invention, units, password)
    manager = step.unit(MANAGER, "银馨物业服务中心", UnitKind.OTHER, place, ESTATE)
    first = step.person(manager, duty=1, username="manager")
    step.post(first, manager, Role.HANDLER, "客服主管")
    head = step.person(manager, duty=2)
    step.post(head, manager, Role.HANDLER, "项目经理", is_lead=True)
    committee = step.unit(COMMITTEE, "银馨家园业主委员会", UnitKind.OTHER, place, ESTATE)
    person = step.person(committee, duty=1, username="committee")
    step.post(person, committee, Role.HANDLER, "业委会主任", is_lead=True)
    step.write()


def _build() -> Place:
    """The estate and its buildings in the register of places."""
    community = Place.objects.get(pk=SHOWN_COMMUNITY)
    estate = _place(ESTATE, NAME, Level.GRID, community)
    numbers = range(1, BUILDINGS + 1)
    buildings = [_place(f"{ESTATE}{n:04d}", f"{n}号楼", Level.BUILDING, estate) for n in numbers]
    Place.objects.bulk_create([estate, *buildings])
    return estate


def _place(code: str, name: str, level: Level, above: Place) -> Place:
    pinyin, initials = spell(name)
    return Place(
        code=code, name=name, level=level, kind=Kind.OTHER, parent=above,
        full_name=f"{above.full_name}{name}", pinyin=pinyin, initials=initials,
    )  # fmt: skip


def put_up_codes() -> int:
    """A code on each of its buildings that opens 业主下单; how many."""
    batch = Batch.objects.create(
        name="银馨家园楼栋（演示）", kind=BatchKind.BUILDING, opens="estate_order"
    )
    choose = Random("estate").choice  # noqa: S311 (the same at every run)
    buildings = Place.objects.filter(parent=ESTATE).order_by("code")
    codes = [
        Code(code=new_code(choose), place=place, batch=batch, state=CodeState.LIVE)
        for place in buildings
    ]
    Code.objects.bulk_create(codes, batch_size=BATCH_SIZE)
    return len(codes)


def load() -> None:
    """The estate itself, with the rules that send its orders to the branch first."""
    load_estates(ESTATES)


# Orders and what became of them -----------------------------------------------------------------


def _account(username: str) -> Account:
    return Account.objects.get(username=username)


def _unit(code: str) -> Unit:
    return Unit.objects.get(code=code)


def _hand_to(story: Told, code: str, words: str, *, after: int = 6) -> None:
    """The branch hands it on."""
    story.now += timedelta(minutes=after)
    by = Staff(_account("branch"))
    advance(story.case, "redispatch", by=by, at=story.now, unit=_unit(code), words=words)


def _to_manager(story: Told) -> None:
    _hand_to(story, MANAGER, "请物业接单，约好时间告诉业主。")


def _taken_on(story: Told) -> None:
    _to_manager(story)
    story.cadre("take_on", after=9, promised=story.now + timedelta(hours=26))
    story.cadre("contact_reached", after=3, words="已和业主通话，约好时间上门。")


def _done(story: Told) -> None:
    _taken_on(story)
    story.cadre(
        "answer",
        after=20 * 60,
        words="已上门处理，业主在场看过。",
        answer="您好，已经处理好了，请您再看看。有问题随时扫码告诉我们。",
    )


def _confirmed(story: Told) -> None:
    _done(story)
    story.resident("confirm", after=200, score="satisfied", words="师傅很守时。")


def _again(story: Told) -> None:
    _done(story)
    story.resident("reopen", after=400, words="晚上又漏了。")
    story.cadre("contact_reached", after=10, words="已和业主通话，明天上楼顶重做防水。")


def _to_committee(story: Told) -> None:
    _hand_to(story, COMMITTEE, "涉及公共收益，请业委会研究。")
    story.cadre("contact_reached", after=12, words="已和业主通话，说明要开会商量。")


def _returned(story: Told) -> None:
    _to_manager(story)
    story.cadre("contact_reached", after=11, words="已和业主通话。")
    words = "是市政管网的问题，红线外不归物业管，请派给水务。"
    story.cadre("ask_return", after=30, words=words)


def _kept(story: Told) -> None:
    story.cadre("contact_reached", after=8, words="已和业主通话，正在了解情况。")


def _just_filed(story: Told) -> None:
    """Nothing has happened yet."""


CHARGING = "充电桩"
# What, on which building, in which words, how many hours ago, and the story since.
ORDERS: list[tuple[str, int, str, int, Callable[[Told], None]]] = [
    ("维修", 3, "3号楼2单元门禁坏了，刷卡没反应，晚上门一直敞着。", 24 * 12, _confirmed),
    ("保洁", 7, "7号楼楼道三天没扫，垃圾桶满了没人倒。", 24 * 11, _confirmed),
    ("维修", 1, "单元门口路灯不亮，老人晚上下楼看不清台阶。", 24 * 9, _confirmed),
    ("停车", 5, "我的固定车位老被外来车占，打门岗电话没人管。", 24 * 8, _done),
    ("噪音", 9, "楼下的水泵房夜里嗡嗡响，睡不着。", 24 * 7, _confirmed),
    ("维修", 10, "楼顶漏水，下雨时顶层墙面一大片湿。", 30, _again),
    (
        CHARGING,
        2,
        "电动车没地方充电，大家从楼上拉线，请在小区装几个充电桩。",
        24 * 5,
        _to_committee,
    ),
    (
        CHARGING,
        4,
        "小区里没有充电桩，电动车拉线充电太危险，请装几个充电桩。",
        24 * 4,
        _to_committee,
    ),
    (CHARGING, 6, "请在小区里装充电桩，电动车没地方充电，只能推到外面去。", 24 * 3, _to_committee),
    (CHARGING, 11, "新买了电动汽车，小区没有充电桩，想问能不能装几个。", 50, _to_committee),
    ("电梯", 8, "8号楼2单元电梯关门时咣当响，停层不平。", 30, _taken_on),
    ("维修", 12, "地下室返水，一股臭味，物业说是外面的管子堵了。", 26, _returned),
    ("停车", 2, "消防通道上又停了车，晚上更多，请画线。", 20, _kept),
    ("保洁", 1, "电梯里小广告贴满了，请清一清。", 5, _taken_on),
    ("维修", 6, "我家厨房下水堵了，水倒灌，请师傅来看看。", 0, _just_filed),
]
MEETING_IN = timedelta(days=5)


def tell_orders(now: datetime) -> int:
    """File the orders, tell their stories, and put what four owners raised before a meeting."""
    codes = {
        code.place_id: code
        for code in Code.objects.select_related("place", "unit").filter(batch__opens="estate_order")
    }
    row = types.type_of("estate_order", at=now)
    asked, owners, common = types.questions(row), Invention(first=FIRST_OWNER), []
    for what, building, text, hours, tell in ORDERS:
        code = codes[f"{ESTATE}{building:04d}"]
        began = now - timedelta(hours=hours, minutes=4)
        report = Report(
            token=f"demo-{text}",
            place=code.place,
            code=code,
            channel=Channel.CODE,
            text=text,
            name=owners.name(),
            phone=owners.phone(),
            **types.of_report(row, asked, {"answer_order": what}),
        )
        story = file_and_tell(report, began, tell)
        if what == CHARGING:
            common.append(story.case)
    since = newest_message()
    _put_before_a_meeting(common, now)
    count_as_sent(since, at=now)
    return len(ORDERS)


def _put_before_a_meeting(cases: list[Case], now: datetime) -> None:
    estate = Estate.objects.get(pk=ESTATE)
    raise_topic(
        estate,
        cases[0],
        cases[1:],
        by=Staff(_account("branch")),
        title="小区里装充电桩",
        words="装在哪里（南门西侧、地下车库入口），装几个，电费和场地费怎么定，谁来管。",
        meets_on=(now + MEETING_IN).date(),
    )
