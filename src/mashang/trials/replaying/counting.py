"""What a replay left in the server's own database, held against what was sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mashang.cases import proving
from mashang.cases.actions.filing import submission_of
from mashang.cases.flow import ClockName, Phase, State
from mashang.cases.models import Case, Clock, Entry, Rating, Score
from mashang.messaging.models import Message, MessageState
from mashang.trials.figures import say_share, say_times
from mashang.trials.replaying.stories import Story

CHUNK = 400
ON_THE_WAY = (MessageState.QUEUED, MessageState.SENDING)
DROPPED = (State.WITHDRAWN, State.DECLINED)


@dataclass
class Count:
    """The table's rows, and sentences for whatever must not be."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, what: str, value: object) -> None:
        self.rows.append((what, f"{value:,}" if isinstance(value, int) else str(value)))

    def must_be_none(self, what: str, found: list[str]) -> None:
        self.note(what, len(found))
        self.faults += [f"{what}: {each}" for each in found]


def count(stories: list[Story], *, newer_than: int) -> Count:
    """Read everything about these stories. `newer_than` is the last case before the replay."""
    found = Count()
    cases = _cases(stories)
    keys = [case.pk for case in cases.values()]
    entries = [row for chunk in _chunks(keys) for row in Entry.objects.filter(case__in=chunk)]
    moves = Counter(entry.move for entry in entries)
    _note_filed(found, stories, cases)
    _note_contacts(found, cases)
    _note_outcomes(found, cases, moves)
    _note_escalation(found, entries)
    _note_messages(found, cases)
    found.must_be_none("lost 丢失", list(_lost(stories, cases, entries)))
    found.must_be_none("doubled 重复", list(_doubled(stories, entries, newer_than)))
    found.must_be_none("not finished 没有走完", list(_unfinished(stories)))
    _note_proof(found)
    return found


def _chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    iterator = iter(keys)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _cases(stories: list[Story]) -> dict[str, Case]:
    """The case of each story's form, by the digest of its token."""
    digests = [submission_of(story.token) for story in stories if story.token]
    return {
        case.submission: case
        for first in range(0, len(digests), CHUNK)
        for case in Case.objects.filter(submission__in=digests[first : first + CHUNK])
    }


def _note_filed(found: Count, stories: list[Story], cases: dict[str, Case]) -> None:
    found.note("filed 上报", f"{len(cases):,} of {len(stories):,}")
    found.note("dispatched 派单", sum(case.unit_id is not None for case in cases.values()))
    found.note("sealed 涉及干部", sum(case.is_sealed for case in cases.values()))
    found.note("confidential 保密", sum(case.is_confidential for case in cases.values()))
    found.note("anonymous 匿名", sum(case.is_anonymous for case in cases.values()))


def _note_contacts(found: Count, cases: dict[str, Case]) -> None:
    """First contacts, those after a reopening too; who withdrew before has none."""
    by_key = {case.pk: case for case in cases.values()}
    tally: Counter[str] = Counter()
    for chunk in _chunks(by_key):
        for clock in Clock.objects.filter(case__in=chunk, name=ClockName.CONTACT):
            if clock.stopped_at is None:
                tally["open"] += 1
            elif clock.stopped_at > clock.due_at:
                tally["late"] += 1
            elif by_key[clock.case_id].state in DROPPED:
                tally["dropped"] += 1
            else:
                tally["in time"] += 1
    found.note("contacted in time 按时首联", tally["in time"])
    found.note("contacted late 超时首联", tally["late"])
    found.note("withdrawn before 未联系已撤回", tally["dropped"])
    if tally["open"]:
        found.note("still waiting 仍等联系", tally["open"])


def _note_outcomes(found: Count, cases: dict[str, Case], moves: Counter[str]) -> None:
    states = Counter(case.state for case in cases.values())
    done = sum(case.phase == Phase.DONE for case in cases.values())
    rated = [
        row
        for chunk in _chunks(case.pk for case in cases.values())
        for row in Rating.objects.filter(case__in=chunk)
    ]
    pleased = sum(row.score != Score.DISSATISFIED for row in rated)
    found.note("answered 答复", moves["answer"])
    found.note("closed, as units claim 办结", done)
    found.note("closed, as residents confirm 确认解决", states[State.CONFIRMED])
    found.note(
        "satisfied of those rated 满意率",
        f"{pleased:,} of {len(rated):,}, {say_share(pleased, len(rated))}",
    )
    found.note("said not solved 没有解决", moves["dispute"])
    found.note("reopened 重办", moves["reopen"])
    found.note(
        "returned 退单",
        f"{moves['ask_return']:,} asked, {moves['redispatch']:,} redispatched, "
        f"{moves['refuse_return']:,} refused",
    )
    found.note("help 支援", f"{moves['ask_help']:,} asked, {moves['give_help']:,} given")
    found.note(
        "extension 延期",
        f"{moves['ask_extension']:,} asked, {moves['grant_extension']:,} granted, "
        f"{moves['refuse_extension']:,} refused",
    )
    found.note("passed up 上报上级", moves["pass_up"])
    found.note("asked back 请补充", f"{moves['ask_resident']:,} asked, {moves['reply']:,} replied")
    found.note("chased 催办", moves["chase"])
    found.note("withdrawn 撤回", states[State.WITHDRAWN])


def _note_escalation(found: Count, entries: list[Entry]) -> None:
    rungs = Counter(entry.data["rung"] for entry in entries if entry.move == "escalate")
    told = ", ".join(f"rung {rung}: {number:,}" for rung, number in sorted(rungs.items()))
    found.note("escalated steps 逐级上报", f"{sum(rungs.values()):,}{told and f' ({told})'}")


def _note_messages(found: Count, cases: dict[str, Case]) -> None:
    """Messages that quiet hours hold till the morning are counted and not timed."""
    subjects = [case.subject for case in cases.values()]
    states: Counter[str] = Counter()
    lags: list[float] = []
    for first in range(0, len(subjects), CHUNK):
        rows = Message.objects.filter(subject__in=subjects[first : first + CHUNK])
        for state, queued, due, sent in rows.values_list(
            "state", "queued_at", "next_attempt_at", "sent_at"
        ):
            held = due > queued
            states["held till morning" if held and state in ON_THE_WAY else state] += 1
            if sent and not held:
                lags.append((sent - queued).total_seconds())
    by_state = ", ".join(f"{number:,} {state}" for state, number in states.most_common())
    found.note("SMS by state 短信", by_state)
    found.note("commit to SMS, p50 / p99 提交到发出", say_times(lags))


def _lost(stories: list[Story], cases: dict[str, Case], entries: list[Entry]) -> Iterator[str]:
    """Messages of which a character is not in the database as it was sent."""
    added = _added(entries)
    for story in stories:
        case = cases.get(submission_of(story.token)) if story.token else None
        name = f"message {story.report.number + 1} {story.problem}"
        if case is None:
            yield f"{name}: no case"
        elif case.text != story.report.text:
            yield f"{name}: other words"
        else:
            for place, piece in enumerate(story.report.pieces[1:], start=2):
                if not added[case.pk, piece]:
                    yield f"{name}: piece {place}"


def _added(entries: list[Entry]) -> Counter[tuple[int, str]]:
    return Counter(
        (entry.case_id, entry.data["words"]) for entry in entries if entry.move in ("add", "reply")
    )


def _doubled(stories: list[Story], entries: list[Entry], newer_than: int) -> Iterator[str]:
    """Texts that stand in more cases, and pieces that were added more often, than were sent."""
    sent = Counter(story.report.text for story in stories)
    stored = Counter(Case.objects.filter(pk__gt=newer_than).values_list("text", flat=True))
    for text, number in sent.items():
        if stored[text] > number:
            yield f"{stored[text]} cases for {number} messages of {len(text)} characters"
    pieces = Counter(piece for story in stories for piece in story.report.pieces[1:])
    kept: Counter[str] = Counter()
    for (_case, words), number in _added(entries).items():
        kept[words] += number
    for piece, number in pieces.items():
        if kept[piece] > number:
            yield f"{kept[piece]} additions for {number} of {len(piece)} characters"


def _unfinished(stories: list[Story]) -> Iterator[str]:
    for story in stories:
        if not story.is_over:
            done = ", ".join(sorted(story.done)) or "nothing"
            yield f"{story.number or story.report.number} ({done}; {story.refusals or ''})"


def _note_proof(found: Count) -> None:
    checked, faults = 0, []
    for result in proving.verify():
        if isinstance(result, proving.Fault):
            faults.append(f"{result.case} {result.what}")
        else:
            checked = result
    found.note("chains verified 摘要核对", f"{checked - len(faults):,} of {checked:,}")
    found.faults += [f"chain: {fault}" for fault in faults]


def are_all_settled(stories: list[Story]) -> bool:
    """Whether no message about these stories that is due by now is still on its way."""
    subjects = [case.subject for case in _cases(stories).values()]
    waiting: Any = Message.objects.filter(state__in=ON_THE_WAY)
    return not any(
        due <= queued
        for subject, queued, due in waiting.values_list("subject", "queued_at", "next_attempt_at")
        if subject in set(subjects)
    )
