"""Opening a case of a service: one transaction in which it, who asked and its chain exist."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from mashang.cases import flow, flows
from mashang.cases.actions import entries
from mashang.cases.actions.filing import Filed, filed_data, submission_of
from mashang.cases.models import Case, Channel, Clock, Requester, name_index
from mashang.core.crypto import blind_index
from mashang.core.statements import insert
from mashang.messaging.actions import Draft, queue
from mashang.people.actors import Actor
from mashang.people.models import Unit
from mashang.places.models import Place


@dataclass(frozen=True)
class Opening:
    """What somebody asks of a service, cleaned and checked by its form.

    `token` was made when the form was opened: however often it is sent, it makes one case.
    """

    flow: str
    state: str
    token: str
    place: Place
    unit: Unit | None
    text: str
    name: str = ""
    phone: str = ""
    spot: str = ""
    channel: str = Channel.WEB
    answers: Mapping[str, Any] = field(default_factory=dict)
    is_confidential: bool = False
    due: Mapping[str, datetime] = field(default_factory=dict)  # limits that run from now on


def open_case(
    opening: Opening,
    *,
    by: Actor,
    at: datetime,
    tell: Callable[[Case, Requester], Iterable[Draft]] = lambda _case, _requester: (),
    also: Callable[[Case], None] = lambda _case: None,
) -> Filed:
    """Store the case; the same form twice makes one. `also` writes the service's own rows and
    `tell` says who hears of it, both in the same transaction."""
    submission = submission_of(opening.token)
    try:
        with transaction.atomic():
            found = _found(submission)
            return found or _store(opening, submission, by=by, at=at, tell=tell, also=also)
    except IntegrityError:
        found = _found(submission)
        if found is None:
            raise
        return found


def _found(submission: str) -> Filed | None:
    case = Case.every.select_related("requester", "place").filter(submission=submission).first()
    return case and Filed(case, case.requester, is_new=False)


def _store(
    opening: Opening,
    submission: str,
    *,
    by: Actor,
    at: datetime,
    tell: Callable[[Case, Requester], Iterable[Draft]],
    also: Callable[[Case], None],
) -> Filed:
    case = Case(
        flow=opening.flow,
        type=opening.flow,
        state=opening.state,
        phase=flows.named(opening.flow).phases[opening.state],
        submission=submission,
        fingerprint=submission,
        place=opening.place,
        spot=opening.spot,
        unit=opening.unit,
        text=opening.text,
        channel=opening.channel,
        answers=dict(opening.answers),
        is_confidential=opening.is_confidential,
        received_at=at,
        due_at=min(opening.due.values(), default=None),
        # Neither the search nor the figures of requests have anything to do with it.
        is_indexed=True,
        is_counted=True,
    )
    clocks = [
        Clock(case=case, name=name, started_at=at, due_at=due, next_look_at=due)
        for name, due in opening.due.items()
    ]
    entry = entries.first(case, move=flow.FILED, by=by, data=filed_data(case, clocks))
    insert(case, keys=True)
    requester = Requester(
        case=case,
        name=opening.name or None,
        phone=opening.phone or None,
        phone_index=blind_index(opening.phone) if opening.phone else "",
        name_index=name_index(opening.name),
    )
    for row in (entry, *clocks):
        row.case = case
    insert(requester)
    insert(entry)
    if clocks:
        insert(*clocks)
    also(case)
    queue(list(tell(case, requester)))
    return Filed(case, requester, is_new=True)
