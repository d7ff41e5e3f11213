"""What a report says, in blocks that each form of file renders: findings, tables, a chart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.wording import say_waited
from mashang.insight import codes, counting, sheet, units
from mashang.insight.definitions import FIGURES
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from mashang.insight.sheet import Shown

CELL = str | int | float


@dataclass(frozen=True)
class Table:
    """A table with its heading. Numbers stay numbers where the file has such."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[CELL]]
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """Lines over time; the same numbers stand in the table that it names."""

    title: str
    table: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True)
class Content:
    """A whole report. `findings` are sentences, each true of the tables below."""

    title: str
    subtitle: str
    findings: Sequence[str]
    blocks: Sequence[Table | Chart] = field(default_factory=list)
    closing: Sequence[str] = ()

    @property
    def texts(self) -> str:
        """All characters that are printed, for fonts that are cut down to them."""
        parts = [self.title, self.subtitle, *self.findings, *self.closing]
        for block in self.blocks:
            parts.append(block.title)
            if isinstance(block, Table):
                parts += [block.note, *block.head, *(str(c) for row in block.rows for c in row)]
            else:
                parts += [*block.labels, *(name for name, _values in block.series)]
        return "".join(parts)


def content(scope: Scope, period: Period) -> Content:
    """The report of a scope in a period, compared to the one before."""
    shown = sheet.read(scope, period, than=period.before)
    chart, by_day = _trend(shown)
    blocks: list[Table | Chart] = [chart, _figures(shown), _left_out(shown), _times(shown)]
    blocks += [_states(scope), _named(_("从哪里来"), shown.channels, shown)]
    if shown.categories:
        blocks.append(_named(_("反映什么"), shown.categories, shown))
    below = sheet.below(scope, period)
    if below:
        blocks.append(_below(below))
    blocks += [_units(scope, period), *_codes(scope), by_day]
    return Content(
        title=_("{place}诉求办理情况").format(place=scope.name),
        subtitle=_("{period}；{made} 生成").format(
            period=period.label, made=f"{timezone.localtime():%Y-%m-%d %H:%M}"
        ),
        findings=findings(shown),
        blocks=blocks,
        closing=[
            _("比率都从实有的件数算。涉及干部或单位的事项不计入任何一个数。不按人算，不排名次。"),
            *(f"{each.label}：{each.says}" for each in FIGURES.values()),
        ],
    )


def findings(shown: sheet.Sheet) -> list[str]:
    """A sentence for each thing worth knowing, with its numbers."""
    counts, said = shown.counts, []
    received = shown.shown("received")
    said.append(
        _("收到 {n} 件，上一段时间 {before} 件，{change}；其中有效受理 {valid} 件。").format(
            n=counts["received"], before=received.number_before,
            change=received.change_said, valid=counts["valid"],
        )
    )  # fmt: skip
    if not counts["valid"]:
        return said
    for name, words in (
        ("contact", _("该联系的 {of} 件里，{n} 件在期限内联系上诉求人，及时响应率 {rate}")),
        ("closure", _("有效受理的 {of} 件里，单位已答复办结 {n} 件，办结率 {rate}")),
        ("confirmed", _("有效受理的 {of} 件里，诉求人确认解决 {n} 件，确认解决率 {rate}")),
        ("on_time", _("已办结、有期限的 {of} 件里，{n} 件没有超期，按时办结率 {rate}")),
        ("rated", _("请诉求人评价的 {of} 件里，{n} 件收到评价，参评率 {rate}")),
        ("satisfied", _("评价过的 {of} 件里，{n} 件评“满意”，满意率 {rate}")),
    ):
        if sentence := _rate(shown.shown(name), words):
            said.append(sentence)
    for timing in shown.timings:
        if timing.median is not None and timing.ninth is not None:
            said.append(
                _("{what}：一半的事项不到 {half}，九成不到 {nine}。").format(
                    what=timing.duration.label,
                    half=say_waited(counting.beyond(timing.median)),
                    nine=say_waited(counting.beyond(timing.ninth)),
                )
            )  # fmt: skip
    if shown.chosen_categories:
        label, number, _url = max(shown.chosen_categories, key=lambda row: row[1])
        said.append(_("反映最多的是“{what}”，{n} 件。").format(what=label, n=number))
    if counts["open_late"]:
        said.append(
            _("这段时间收到的，还有 {n} 件没有办结，其中 {late} 件已经超期。").format(
                n=counts["open"], late=counts["open_late"]
            )
        )
    return said


def _rate(shown: Shown, words: str) -> str:
    if shown.percent is None or shown.denominator is None:
        return ""
    said = words.format(
        of=shown.denominator.number, n=shown.numerator.number, rate=f"{shown.percent}%"
    )
    change = shown.change_said
    return said + (_("，比上一段时间{change}。").format(change=change) if change else _("。"))


def _trend(shown: sheet.Sheet) -> tuple[Chart, Table]:
    rows = sheet.over_time(shown)
    title = _("收到和办结")
    table = Table(_("收到和办结，逐日或逐月"), [_("日期"), _("收到"), _("办结")], rows)
    chart = Chart(
        title,
        table.title,
        [label for label, _r, _c in rows],
        [(_("收到"), [r for _l, r, _c in rows]), (_("办结"), [c for _l, _r, c in rows])],
    )
    return chart, table


def _figures(shown: sheet.Sheet) -> Table:
    head = [_("指标"), _("百分比"), _("件数"), _("共几件"), _("上一段百分比"), _("上一段件数")]
    rows = [
        (
            str(each.figure.label),
            _number(each.percent) if each.figure.is_rate else "",
            each.numerator.number,
            each.denominator.number if each.denominator else "",
            _number(each.percent_before) if each.figure.is_rate else "",
            each.number_before,
        )
        for each in shown.figures
    ]
    return Table(_("全部指标"), head, rows)


def _left_out(shown: sheet.Sheet) -> Table:
    names = dict.fromkeys(n for figure in FIGURES.values() for n in figure.leaves_out)
    rows = [(str(shown.line(n).part.label), shown.counts[n]) for n in names]
    return Table(_("不算在内的"), [_("原因"), _("件数")], rows)


def _times(shown: sheet.Sheet) -> Table:
    rows = [
        (
            str(each.duration.label),
            "—" if each.median is None else say_waited(each.median),
            "—" if each.ninth is None else say_waited(each.ninth),
            each.number.number,
        )
        for each in shown.timings
    ]
    head = [_("用时"), _("一半在"), _("九成在"), _("件数")]
    return Table(_("各步用了多久"), head, rows)


def _states(scope: Scope) -> Table:
    rows = [(label, number) for _state, label, number in sheet.in_hand(scope)]
    note = _("生成报告时还没有办结的全部事项，不管什么时候收到。")
    return Table(_("在办，按状态"), [_("状态"), _("件数")], rows, note)


def _named(title: str, rows: Sequence[tuple[str, int, str]], shown: sheet.Sheet) -> Table:
    whole = shown.counts["received"]
    cells = [(label, n, _number(sheet.percent(n, whole))) for label, n, _url in rows]
    return Table(title, [_("名称"), _("件数"), _("占收到的 %")], cells)


def _below(below: Sequence[sheet.Below]) -> Table:
    rates = below[0].rates
    head = [_("地方"), _("收到"), *(str(each.figure.label) for each in rates)]
    rows = [
        (row.place.name, row.counts["received"], *(_of(each) for each in row.rates))
        for row in below
    ]
    note = _("按区划代码排，不排名次。件数少的地方，比率会大起大落。")
    return Table(_("下面各地"), head, rows, note)


def _units(scope: Scope, period: Period) -> Table:
    table = units.table(scope, period, units.kind_wanted("", scope))
    rows = [*table.rows, *([table.total] if table.total else [])]
    cells = [
        (
            row.name, row.counts["valid"], row.counts["on_time"], row.counts["late"],
            row.counts["open"], *(_of(each) for each in row.rates),
        )
        for row in rows
    ]  # fmt: skip
    head = [
        _("单位"), _("有效受理"), _("按时办结"), _("超期办结"), _("还在办"), _("办结率"),
        _("按时办结率"), _("不满意率"),
    ]  # fmt: skip
    return Table(_("各单位办理情况"), head, cells)


def _codes(scope: Scope) -> list[Table]:
    """The codes of a place as of now; a unit has none of its own."""
    found = codes.read(scope)
    if found is None:
        return []
    rows = [(str(label), number) for _state, label, number in found.states]
    rows += [
        (_("一共"), found.total),
        (_("其中能用的"), found.usable),
        (_("能用、从来没有人用它反映过的"), found.unreported),
    ]
    note = _("生成报告时的情况。没有人用它反映过的，可能没有贴，或者贴的地方不显眼。")
    return [Table(_("二维码"), [_("状态"), _("个数")], rows, note)]


def _of(shown: Shown) -> str:
    """A rate in a narrow cell, with what it is made of: 97.14% (34/35)."""
    if shown.percent is None or shown.denominator is None:
        return "—"
    return f"{shown.percent}% ({shown.numerator.number}/{shown.denominator.number})"


def _number(percent: object) -> CELL:
    return "—" if percent is None else float(percent)  # type: ignore[arg-type]
