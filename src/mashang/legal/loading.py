"""Loading guided flows from a table that counsel wrote."""

from pathlib import Path

from django.db.models import Max
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core import chain
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Faults, Row, Say, read_table
from mashang.legal.flows import COLUMNS, NAMES, Flow, read
from mashang.legal.models import FlowVersion
from mashang.people.actors import SYSTEM, Actor, Staff

SHIPPED = Path(__file__).resolve().parent / "data" / "flows.csv"


def load_flows(
    path: Path, *, dry_run: bool = False, say: Say | None = None, by: Actor = SYSTEM
) -> Tally:
    """Take in the flows of a table; those that it does not name stay as they are.

    A flow whose rows are not what they were becomes a new version, which nobody has signed.
    Raises BadTable with every fault, each with its line, and then writes nothing.
    """
    faults = Faults()
    rows = read_table(path, COLUMNS, faults, say=say)
    found = read(rows, faults)
    faults.stop_if_any()
    with all_or_nothing(dry_run=dry_run):
        tally, made = Tally(), []
        for code, flow in found.items():
            content = [_cells(row) for row in rows if row.code("flow", most=30) == code]
            version = _keep(flow, content, by)
            if version is None:
                tally.unchanged += 1
                continue
            tally[_("新版本")] += 1
            made.append(str(version))
        if made and isinstance(by, Staff):
            # What a command loads is recorded by the command.
            record("legal_flow", by=by, data={"what": "added", "row": "、".join(made)})
        return tally


def _cells(row: Row) -> dict[str, str]:
    return {name: row.cells.get(name, "") for name in NAMES if row.cells.get(name)}


def _keep(flow: Flow, content: list[dict[str, str]], by: Actor) -> FlowVersion | None:
    """A new version, or None where this very one is in use already."""
    digest = chain.digest(chain.canonical(content))
    rows = FlowVersion.objects.filter(code=flow.code)
    if rows.filter(is_current=True, digest=digest).exists():
        return None
    number = (rows.aggregate(most=Max("number"))["most"] or 0) + 1
    rows.filter(is_current=True).update(is_current=False)
    return FlowVersion.objects.create(
        code=flow.code,
        number=number,
        title=flow.title,
        topic=flow.topic,
        content=content,
        digest=digest,
        loaded_by=by.account if isinstance(by, Staff) else None,
    )
