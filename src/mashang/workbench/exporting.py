"""A list taken away as an Excel file: all its rows, identities masked unless asked for.

Every export is recorded; where names and phones stand in it, so is a look at each of the cases,
before anything is written.
"""

from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.cases.access import may_see_identity, visible_to
from mashang.cases.actions.entries import Happening, record_all
from mashang.cases.models import Case, Requester
from mashang.core.errors import Refused
from mashang.core.excel import write_workbook
from mashang.core.text import clean_line, mask_name, mask_phone
from mashang.people.actors import Staff
from mashang.workbench.listing import WITH, Listing
from mashang.workbench.looking_up import may_search_identities

MOST_ROWS = 100_000
MOST_WITH_IDENTITIES = 2_000
BATCH = 500
LOOK = "look"
WIDTHS = (13, 17, 11, 30, 18, 16, 60, 12, 12, 24, 12, 17, 10, 10, 12, 10, 17, 60, 10, 16)


def columns() -> list[str]:
    """The heads of the table's columns."""
    return [
        _("编号"), _("收到时间"), _("渠道"), _("地点"), _("楼栋或位置"), _("类别"), _("反映内容"),
        _("状态"), _("紧急程度"), _("承办单位"), _("经办人"), _("期限"), _("是否超时"),
        _("已上报级数"), _("督办"), _("保密或涉及干部"), _("办结时间"), _("公开答复"),
        _("诉求人"), _("电话"),
    ]  # fmt: skip


def size(listing: Listing) -> int | None:
    """How many rows the file would have, at most one more than it can have; None where only the
    search itself could tell."""
    if listing.filters.words:
        return None
    return listing.matching[: MOST_ROWS + 1].count()


def export(listing: Listing, *, reason: str = "", with_identities: bool = False) -> IO[bytes]:
    """The whole list as an Excel file, at its beginning. Raises Refused with what to do."""
    actor, reason = listing.actor, clean_line(reason)
    most = MOST_WITH_IDENTITIES if with_identities else MOST_ROWS
    if with_identities and not may_search_identities(actor):
        raise Refused(_("您的岗位不能导出姓名和电话。"))
    if with_identities and not reason:
        raise Refused(_("导出姓名和电话要写明原因。"))
    keys = listing.keys(most + 1)
    if len(keys) > most:
        raise Refused(
            _("这个列表超过 {most} 件，一次导不出来。请先按日期或地点筛选，分几次导出。").format(
                most=most
            )
        )
    looks = _look(keys, actor, reason) if with_identities else set()
    facts: dict[str, Any] = {"count": len(keys), "filters": listing.said()}
    if with_identities:
        facts |= {"what": _("连同姓名和电话"), "reason": reason}
    record("export", by=actor, data=facts)
    return write_workbook(
        listing.queue.label, columns(), _rows(listing, keys, looks), widths=WIDTHS
    )


def _look(keys: Sequence[int], actor: Staff, reason: str) -> set[int]:
    """Record a look at each case whose identity this person may see; returns their keys."""
    seen: set[int] = set()
    at = timezone.now()
    for part in _parts(keys):
        with transaction.atomic():
            locked = visible_to(actor).filter(pk__in=part).select_for_update(of=("self",))
            cases = [case for case in locked.order_by("pk") if may_see_identity(actor, case)]
            data = {"what": "export", "words": reason}
            record_all([Happening(case, LOOK, data) for case in cases], by=actor, at=at)
            seen |= {case.pk for case in cases}
    return seen


def _rows(listing: Listing, keys: Sequence[int], looks: set[int]) -> Iterator[Sequence[object]]:
    for part in _parts(keys):
        found = listing.visible.filter(pk__in=part).select_related(*WITH)
        cases = {case.pk: case for case in found}
        who = {row.case_id: row for row in Requester.objects.filter(case__in=cases, erased_at=None)}
        for key in part:
            if key in cases:
                yield _row(cases[key], listing, who.get(key), is_open=key in looks)


def _row(
    case: Case, listing: Listing, requester: Requester | None, *, is_open: bool
) -> Sequence[object]:
    name, phone = "", ""
    if requester is not None and may_see_identity(listing.actor, case):
        name, phone = requester.name or "", requester.phone or ""
        if not is_open:
            name, phone = mask_name(name), mask_phone(phone)
    secrecy = [
        said
        for is_so, said in (
            (case.is_sealed, _("涉及干部或单位")),
            (case.is_confidential, _("保密")),
        )
        if is_so
    ]
    return (
        case.number, _time(case.received_at), str(case.get_channel_display()),
        case.place.full_name, case.spot, case.category.name if case.category else "", case.text,
        str(case.get_state_display()), str(case.get_urgency_display()),
        case.unit.name if case.unit else "", case.assignee.name if case.assignee else "",
        _time(case.due_at), _("是") if case.due_at and case.due_at < listing.now else "",
        case.rung or "", str(case.get_supervision_display()) if case.supervision else "",
        "、".join(secrecy), _time(case.closed_at), case.answer, name, phone,
    )  # fmt: skip


def _time(moment: Any) -> str:
    """City time, as it sorts and as Excel reads it."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _parts(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
