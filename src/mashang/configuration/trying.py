"""What would happen to this text here? Every step from the words to the last rung, and nothing is
stored. The same functions answer that decide about a real report."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from mashang.cases import categories, routing, rules
from mashang.cases.flow import ClockName
from mashang.cases.models import CatalogueRule, Category, Urgency
from mashang.cases.warning_words import ACCUSATION, EMERGENCY
from mashang.cases.wording import say_limit, say_time
from mashang.configuration.loading.catalogue import said
from mashang.people.duty import holders, who_is_on_call
from mashang.people.models import Unit
from mashang.places.models import Place

CLOCKS = (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING)
REASONS = {
    "shift": lambda: _("按值班表"),
    "deputy": lambda: _("代班"),
    "lead": lambda: _("没有排班，找负责人"),
    "above": lambda: _("本单位没有人能接，找上级单位"),
}


@dataclass(frozen=True)
class Step:
    """One question and its answer; `lines` say more."""

    title: str
    answer: str
    lines: list[str] = field(default_factory=list)
    is_warning: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked about."""

    text: str
    place: Place
    category: Category | None
    code_unit: Unit | None = None
    is_sealed: bool = False
    accused_level: str = ""
    is_confidential: bool = False
    is_anonymous: bool = False
    category_from: str = ""  # the type whose forms imply the category, "" where a person chose


def steps(asked: Question, *, at: datetime) -> list[Step]:
    """The answers, in the order in which the product asks."""
    decided = routing.decide(
        asked.place,
        code_unit=asked.code_unit,
        is_sealed=asked.is_sealed,
        is_confidential=asked.is_confidential,
        accused_level=asked.accused_level,
        category=asked.category,
        at=at,
    )
    urgency = Urgency.DANGER if EMERGENCY.search(asked.text) else Urgency.ORDINARY
    found = [_emergency(asked.text), _accusation(asked), _route(asked, decided), _category(asked)]
    if asked.category is not None:
        found.append(_catalogue(asked, decided, at=at))
    found += [_unit(decided), _on_duty(decided.unit, at=at), _limits(asked, urgency, at=at)]
    return [*found, *_ladders(asked, at=at)]


def _emergency(text: str) -> Step:
    match = EMERGENCY.search(text)
    title = _("有没有紧急词")
    if match is None:
        return Step(title, _("没有，按一般事项。"))
    answer = _("有：“{word}”。按危及生命财产办，回执最前面显示 110、119、120、122。")
    return Step(title, answer.format(word=match[0]), is_warning=True)


def _accusation(asked: Question) -> Step:
    title = _("像不像反映干部或单位")
    match = ACCUSATION.search(asked.text)
    if asked.is_sealed:
        return Step(title, _("诉求人已经勾选，不再问。"))
    if match is None:
        return Step(title, _("不像。"))
    answer = _("像：“{words}”。提交时先问诉求人一次，由诉求人自己定。").format(words=match[0])
    return Step(title, answer, is_warning=True)


def _route(asked: Question, decided: routing.Route) -> Step:
    title = _("走哪条路")
    if decided.because == routing.Because.SEALED:
        return Step(title, _("涉及干部或单位：只交上级督查岗，不看类别，不看码。"))
    if decided.because == routing.Because.CONFIDENTIAL:
        return Step(title, _("保密：由县区综治中心回电，不看类别，不看码。"))
    return Step(title, _("一般。"))


def _category(asked: Question) -> Step:
    title = _("类别")
    if asked.category is None:
        return Step(title, _("没有选。软件不替人定类别，先按码或地点派。"))
    node = categories.node(asked.category.pk)
    name = node.full_name if node else asked.category.name
    if asked.category_from:
        return Step(title, _("{name}（表单“{type}”带来的）").format(
            name=name, type=asked.category_from
        ))  # fmt: skip
    return Step(title, _("{name}（人选的）").format(name=name))


def _catalogue(asked: Question, decided: routing.Route, *, at: datetime) -> Step:
    title = _("职责目录")
    if decided.because in (routing.Because.SEALED, routing.Because.CONFIDENTIAL):
        return Step(title, _("不用目录。"))
    if decided.rule is None:
        return Step(title, _("没有一条管得到，按码或地点派。"))
    return Step(
        title,
        _("用这一条：{rule}").format(rule=_rule(decided.rule)),
        [
            _("让给它的：{rule}（{why}）").format(rule=_rule(rule), why=_lost(rule, decided.rule))
            for rule in decided.beaten
        ],
    )


def _rule(rule: CatalogueRule) -> str:
    return _("{category} · {place} → {unit}，自 {day} 起").format(
        category=rule.category.name,
        place=rule.place.full_name,
        unit=said(rule),
        day=rule.valid_from.isoformat(),
    )


def _lost(rule: CatalogueRule, winner: CatalogueRule) -> str:
    if rule.unit is not None and not rule.unit.is_active:
        return _("单位已停用")
    if rule.category_id != winner.category_id:
        return _("类别没有它细")
    return _("地点没有它小")


def _unit(decided: routing.Route) -> Step:
    title = _("派给谁")
    if decided.unit is None:
        answer = _("没有单位可派，进“待分拨”，由派单员定。")
        return Step(title, answer, is_warning=True)
    why = {
        routing.Because.SEALED: _("涉及干部或单位"),
        routing.Because.CONFIDENTIAL: _("保密"),
        routing.Because.CATALOGUE: _("职责目录"),
        routing.Because.CODE: _("所扫的码写明的单位"),
        routing.Because.PLACE: _("地点的本级单位"),
    }[decided.because]
    return Step(title, f"{decided.unit.name}（{why}）")


def _on_duty(unit: Unit | None, *, at: datetime) -> Step:
    title = _("现在谁值班")
    found = who_is_on_call(unit, at=at) if unit is not None else None
    if found is None:
        return Step(title, _("没有人能接短信。"), is_warning=True)
    reason = REASONS[found.reason]() if found.reason in REASONS else found.reason
    return Step(
        title,
        _("{name}（{unit}，{reason}）").format(
            name=found.account.name, unit=found.unit.name, reason=reason
        ),
        is_warning=found.reason == "above",
    )


def _limits(asked: Question, urgency: str, *, at: datetime) -> Step:
    lines = []
    for name in CLOCKS:
        if name == ClockName.CONTACT and asked.is_anonymous:
            lines.append(_("首次联系：匿名，不用回电"))
            continue
        wanted = urgency if name == ClockName.HANDLING else ""
        run = rules.run(name, start=at, urgency=wanted)
        sure = "" if run.due.calendar_known else _("（日历未公布，按平常的星期估算）")
        lines.append(
            _("{clock}：{limit}，现在收到就在 {time} 前{sure}").format(
                clock=ClockName(name).label,
                limit=say_limit(rules.limit(name, at=at, urgency=wanted)),
                time=say_time(run.due.at, today=at),
                sure=sure,
            )
        )
    return Step(_("时限"), str(Urgency(urgency).label), lines)


def _ladders(asked: Question, *, at: datetime) -> list[Step]:
    ladder = rules.SEALED if asked.is_sealed else rules.ORDINARY
    found = []
    for name in CLOCKS:
        if name == ClockName.CONTACT and asked.is_anonymous:
            continue
        rungs = rules.ladder(ladder, clock=name, at=at)
        lines = []
        for rung in rungs:
            people = holders(rung.position, asked.place.code, day=at)
            who = "、".join(post.account.name for post in people) or _("没有人，马上报下一级")
            lines.append(
                _("超时 {after}{unit}：{position} — {who}").format(
                    after=rung.after,
                    unit=rung.get_unit_display(),
                    position=rung.get_position_display(),
                    who=who,
                )
            )
        title = _("{clock}超时，逐级上报").format(clock=ClockName(name).label)
        found.append(Step(title, _("{count} 级").format(count=len(rungs)), lines))
    return found
