"""What every change of the settings does beside its rows: it stands in the audit register."""

from collections.abc import Iterable

from mashang.audit.actions import record
from mashang.configuration.changing import Change
from mashang.people.actors import Staff

MOST_RECORDED = 50


def recorded(
    kind: str,
    *,
    by: Staff,
    what: str,
    changes: Iterable[Change] = (),
    reason: str = "",
    about: str = "",
) -> None:
    """Write a change into the register, as the last statement of the transaction that made it.

    `changes` are kept as before and after, the first fifty of a table; its number of rows stands
    in `what`.
    """
    made = [each for each in changes if each.is_change][:MOST_RECORDED]
    data: dict[str, object] = {
        "row": what,
        "changes": {each.what: [each.before, each.after] for each in made},
    }
    if reason:
        data["reason"] = reason
    record(kind, by=by, about=about, data=data)
