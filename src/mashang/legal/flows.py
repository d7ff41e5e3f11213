"""A guided flow as a city's counsel writes it: one table, row by row, read and checked.

Each row belongs to a step of a flow. A step asks (`question` with its `choice` rows, or `date`)
or ends the way (`result` with what is said there). What follows stands beside it, and nothing is
computed but days: there are no conditions and no expressions. See docs/legal.md.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.tables import Column, Faults, Row

MOST_TEXT = 500
NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
ARTICLE = re.compile(r"《.+》第[一二三四五六七八九十百千零〇\d]+条.*")
PERIOD = re.compile(r"(\d{1,3})(年|个月|日)")


class Topic(models.TextChoices):
    WAGES = "wages", gettext_lazy("工资和劳动")
    LAND = "land", gettext_lazy("土地和承包")
    FAMILY = "family", gettext_lazy("婚姻家庭")
    NEIGHBOURS = "neighbours", gettext_lazy("邻里")
    DEBTS = "debts", gettext_lazy("借钱欠账")
    INJURY = "injury", gettext_lazy("受伤赔偿")
    CONSUMER = "consumer", gettext_lazy("买东西")
    INHERITANCE = "inheritance", gettext_lazy("继承")
    ELDERS = "elders", gettext_lazy("老人和孩子")
    OTHER = "other", gettext_lazy("其他")


class Kind(models.TextChoices):
    """What a row is."""

    FLOW = "flow", gettext_lazy("流程")
    ABOUT = "about", gettext_lazy("简介")
    QUESTION = "question", gettext_lazy("选择题")
    CHOICE = "choice", gettext_lazy("选项")
    DATE = "date", gettext_lazy("日期题")
    RESULT = "result", gettext_lazy("结论")
    GUIDANCE = "guidance", gettext_lazy("建议")
    LAW = "law", gettext_lazy("依据")
    DEADLINE = "deadline", gettext_lazy("期限")
    DOOR = "door", gettext_lazy("去处")
    DOCUMENT = "document", gettext_lazy("文书")


class Door(models.TextChoices):
    """Who is turned to next."""

    LEGAL_AID = "legal_aid", gettext_lazy("法律援助中心")
    MEDIATION = "mediation", gettext_lazy("人民调解委员会")
    LABOUR_INSPECTION = "labour_inspection", gettext_lazy("劳动保障监察")
    LABOUR_ARBITRATION = "labour_arbitration", gettext_lazy("劳动人事争议仲裁委员会")
    LAND_ARBITRATION = "land_arbitration", gettext_lazy("农村土地承包仲裁委员会")
    GOVERNMENT = "government", gettext_lazy("乡镇政府、街道办事处")
    COURT = "court", gettext_lazy("人民法院")
    POLICE = "police", gettext_lazy("公安机关")
    CONSUMER = "consumer", gettext_lazy("市场监管部门、消费者协会")
    CIVIL_AFFAIRS = "civil_affairs", gettext_lazy("婚姻登记处")
    WOMEN = "women", gettext_lazy("妇联")
    SOCIAL_INSURANCE = "social_insurance", gettext_lazy("人社局工伤科")
    NOTARY = "notary", gettext_lazy("公证处")
    REVIEW = "review", gettext_lazy("行政复议机构")


class Paper(models.TextChoices):
    """What can be made from a template; `documents` has their words."""

    DEMAND = "demand", gettext_lazy("催告函")
    MEDIATION = "mediation", gettext_lazy("人民调解申请书")
    LABOUR = "labour", gettext_lazy("劳动仲裁申请书")


COLUMNS = (
    Column("flow", ("流程",), is_required=True),
    Column("step", ("步骤",)),
    Column("kind", ("类别",), is_required=True),
    Column("text", ("文字",), is_required=True),
    Column("next", ("下一步",), is_required=True),
    Column("value", ("值",), is_required=True),
    Column("basis", ("依据",), is_required=True),
)
NAMES = tuple(column.name for column in COLUMNS)


@dataclass(frozen=True)
class Choice:
    """An answer that can be chosen; its number in the step is what an address carries."""

    number: int
    text: str
    next: str


@dataclass(frozen=True)
class Limit:
    """A time that ends: what for, from which answer on, how long, by which article."""

    text: str
    since: str
    amount: int
    unit: str
    basis: str

    @property
    def said(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass
class Step:
    name: str
    kind: str
    text: str
    help: str = ""
    next: str = ""
    line: int = 0
    choices: list[Choice] = field(default_factory=list)
    guidance: list[str] = field(default_factory=list)
    laws: list[tuple[str, str]] = field(default_factory=list)  # (article, what it says)
    limits: list[Limit] = field(default_factory=list)
    doors: list[tuple[Door, str]] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)

    @property
    def follows(self) -> list[tuple[str, int]]:
        """(the next step's name, the line that names it)."""
        if self.kind == Kind.QUESTION:
            return [(choice.next, self.line) for choice in self.choices]
        return [(self.next, self.line)] if self.kind == Kind.DATE else []


@dataclass
class Flow:
    """A flow that was read; right only where `read` found no fault."""

    code: str
    title: str = ""
    topic: str = ""
    about: str = ""
    first: str = ""
    line: int = 0
    steps: dict[str, Step] = field(default_factory=dict)

    @property
    def laws(self) -> list[str]:
        """The articles that the flow rests on, each once."""
        found: dict[str, None] = {}
        for step in self.steps.values():
            found |= dict.fromkeys(article for article, _words in step.laws)
            found |= dict.fromkeys(limit.basis for limit in step.limits)
        return list(found)


def read(rows: Iterable[Row], faults: Faults) -> dict[str, Flow]:
    """The flows of a table by their code; what is wrong goes to `faults`, each with its line."""
    flows: dict[str, Flow] = {}
    for row in rows:
        code = row.code("flow", most=30, is_needed=True)
        if code and not NAME.fullmatch(code):
            row.complain("flow", _("只能用小写字母、数字和下划线：%(code)s") % {"code": code})
        kind = row.choice("kind", Kind, is_needed=True)
        flow = flows.setdefault(code, Flow(code, line=row.line))
        if kind:
            READERS[Kind(kind)](row, flow)
    for flow in flows.values():
        _check(flow, faults)
    return flows


def stored(code: str, content: Sequence[Mapping[str, str]]) -> Flow:
    """The flow of rows that were checked before."""
    faults = Faults()
    rows = [Row(number, cells, {}, faults) for number, cells in enumerate(content, 1)]
    return read(rows, faults)[code]


def _text(row: Row) -> str:
    return row.text("text", most=MOST_TEXT, is_needed=True)


def _next(row: Row) -> str:
    return row.code("next", most=30, is_needed=True)


def _read_flow(row: Row, flow: Flow) -> None:
    if flow.title:
        row.refuse(_("这个流程的标题写了两次。"))
    flow.title = row.text("text", most=40, is_needed=True)
    flow.topic = row.choice("value", Topic, is_needed=True)
    flow.first, flow.line = _next(row), row.line


def _read_about(row: Row, flow: Flow) -> None:
    flow.about = _text(row)


def _read_step(row: Row, flow: Flow) -> None:
    name = row.code("step", most=30, is_needed=True)
    if name and not NAME.fullmatch(name):
        row.complain("step", _("只能用小写字母、数字和下划线：%(code)s") % {"code": name})
    if name in flow.steps:
        row.complain("step", _("重复：%(code)s") % {"code": name})
    kind = row.choice("kind", Kind)
    step = Step(name, kind, _text(row), row.text("value", most=MOST_TEXT), line=row.line)
    if kind == Kind.DATE:
        step.next = _next(row)
    flow.steps[name] = step


def _step(row: Row, flow: Flow, kind: Kind) -> Step:
    """The step of a row that says more of it; one of its own where there is none of this kind."""
    name = row.code("step", most=30, is_needed=True)
    step = flow.steps.get(name)
    if step is None or step.kind != kind:
        row.complain(
            "step",
            _("前面没有叫“%(name)s”的%(kind)s") % {"name": name, "kind": kind.label},
        )
        return Step(name, kind, "")
    return step


def _read_choice(row: Row, flow: Flow) -> None:
    step = _step(row, flow, Kind.QUESTION)
    step.choices.append(
        Choice(len(step.choices) + 1, row.text("text", most=60, is_needed=True), _next(row))
    )
    step.line = row.line


def _read_guidance(row: Row, flow: Flow) -> None:
    _step(row, flow, Kind.RESULT).guidance.append(_text(row))


def _basis(row: Row) -> str:
    basis = row.text("basis", most=80, is_needed=True)
    if basis and not ARTICLE.fullmatch(basis):
        row.complain("basis", _("要写法律名称和第几条，例如：《民法典》第一百八十八条"))
    return basis


def _read_law(row: Row, flow: Flow) -> None:
    _step(row, flow, Kind.RESULT).laws.append((_basis(row), _text(row)))


def _read_deadline(row: Row, flow: Flow) -> None:
    step = _step(row, flow, Kind.RESULT)
    given = row.code("value", most=10, is_needed=True)
    found = PERIOD.fullmatch(given)
    if given and (not found or not int(found[1])):
        row.complain("value", _("期限写成 1年、3个月 或 15日：%(value)s") % {"value": given})
        found = None
    amount, unit = (int(found[1]), found[2]) if found else (1, "年")
    since = row.code("next", most=30, is_needed=True)
    if since and (since not in flow.steps or flow.steps[since].kind != Kind.DATE):
        row.complain("next", _("期限从哪一题起算：没有叫“%(name)s”的日期题") % {"name": since})
    step.limits.append(Limit(_text(row), since, amount, unit, _basis(row)))


def _read_door(row: Row, flow: Flow) -> None:
    door = row.choice("value", Door, is_needed=True)
    words = row.text("text", most=MOST_TEXT, is_needed=True)
    if door:
        _step(row, flow, Kind.RESULT).doors.append((Door(door), words))


def _read_document(row: Row, flow: Flow) -> None:
    paper = row.choice("value", Paper, is_needed=True)
    if paper:
        _step(row, flow, Kind.RESULT).papers.append(Paper(paper))


READERS = {
    Kind.FLOW: _read_flow,
    Kind.ABOUT: _read_about,
    Kind.QUESTION: _read_step,
    Kind.DATE: _read_step,
    Kind.RESULT: _read_step,
    Kind.CHOICE: _read_choice,
    Kind.GUIDANCE: _read_guidance,
    Kind.LAW: _read_law,
    Kind.DEADLINE: _read_deadline,
    Kind.DOOR: _read_door,
    Kind.DOCUMENT: _read_document,
}


def _check(flow: Flow, faults: Faults) -> None:
    """What single rows cannot tell: every way leads on and ends, and nothing is out of reach."""
    if not flow.title:
        faults.add(flow.line, _("流程“%(code)s”没有标题行。") % {"code": flow.code})
        return
    if flow.first not in flow.steps:
        faults.add(flow.line, _("没有第一步“%(name)s”。") % {"name": flow.first})
        return
    for step in flow.steps.values():
        if step.kind == Kind.QUESTION and len(step.choices) < 2:
            faults.add(step.line, _("选择题“%(name)s”要有两个以上选项。") % {"name": step.name})
        if step.kind == Kind.RESULT:
            for there, words in (
                (step.guidance, _("结论“%(name)s”没有建议。")),
                (step.laws, _("结论“%(name)s”没有写依据哪部法律哪一条。")),
                (step.doors, _("结论“%(name)s”没有写去找谁。")),
            ):
                if not there:
                    faults.add(step.line, words % {"name": step.name})
        for name, line in step.follows:
            if name not in flow.steps:
                faults.add(line, _("下一步“%(name)s”不存在。") % {"name": name})
    _walk(flow, faults)


def _walk(flow: Flow, faults: Faults) -> None:
    """Follow every way once: refuses circles, and steps that no way reaches."""
    reached: set[str] = set()

    def follow(name: str, before: tuple[str, ...]) -> None:
        step = flow.steps.get(name)
        if step is None:
            return
        if name in before:
            faults.add(step.line, _("绕回了“%(name)s”，走不到结论。") % {"name": name})
            return
        if name in reached:
            return
        for following, _line in step.follows:
            follow(following, (*before, name))
        reached.add(name)

    follow(flow.first, ())
    for name, step in flow.steps.items():
        if name not in reached:
            faults.add(step.line, _("没有哪一步走到“%(name)s”。") % {"name": name})


# A person's way ---------------------------------------------------------------------------------

UNKNOWN = "unknown"  # of a day that somebody does not remember


@dataclass(frozen=True)
class Answered:
    """A step with what was answered, and as the address carries it."""

    step: Step
    value: str
    text: str


@dataclass(frozen=True)
class Way:
    """How far the answers lead: to a step that is still to be answered, or to a result."""

    flow: Flow
    answered: list[Answered]
    here: Step
    problem: str = ""  # what is wrong with the last answer

    @property
    def is_over(self) -> bool:
        return self.here.kind == Kind.RESULT

    @property
    def days(self) -> dict[str, date]:
        return {
            answer.step.name: date.fromisoformat(answer.value)
            for answer in self.answered
            if answer.step.kind == Kind.DATE and answer.value != UNKNOWN
        }


def go(flow: Flow, given: Mapping[str, str], *, today: date) -> Way:
    """The way that these answers lead. What does not fit a step is asked again; whatever a changed
    flow asks no more is passed over."""
    answered: list[Answered] = []
    step = flow.steps[flow.first]
    while step.kind != Kind.RESULT:
        value = given.get(step.name, "").strip()
        if step.kind == Kind.QUESTION:
            chosen = next((c for c in step.choices if str(c.number) == value), None)
            if chosen is None:
                return Way(flow, answered, step)
            answered.append(Answered(step, value, chosen.text))
            step = flow.steps[chosen.next]
            continue
        text, problem = _day(value, today=today)
        if not text:
            return Way(flow, answered, step, problem)
        answered.append(Answered(step, value, text))
        step = flow.steps[step.next]
    return Way(flow, answered, step)


def _day(value: str, *, today: date) -> tuple[str, str]:
    """(the day in words, what is wrong with it)."""
    if value == UNKNOWN:
        return _("记不清了"), ""
    if not value:
        return "", ""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return "", _("请写日期，例如 2026-01-31。")
    if day > today:
        return "", _("这一天还没有到，请核对。")
    if day.year < today.year - 100:
        return "", _("年份好像写错了，请核对。")
    return day.isoformat(), ""
