"""What a resident answers by SMS goes to their case: a word on the outcome, or something to add.

A text that begins with a case's number goes to that case; any other to the case that the last SMS
to this phone was about. Only whoever reported a case can write to it.
"""

import re
import unicodedata
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.actions.filing import Report, file_report
from mashang.cases.actions.moves.contacting import denial, proof_of
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere
from mashang.cases.contact import CONFIRMED, Proof
from mashang.cases.flow import MOVES, State
from mashang.cases.models import Case, Channel, Score
from mashang.codes.queries import Outcome, look_up
from mashang.core.errors import Refused
from mashang.core.ids import clean_code, is_code, parse_case_number
from mashang.messaging.models import Inbound, Message, MessageState
from mashang.messaging.texts import RESIDENT
from mashang.people.actors import Resident

ABOUT_LAST = timedelta(days=30)  # so long after an SMS an answer is taken to be about it
LEAST_WORDS = 4  # a text of less is no report
END = r"(?=$|[\s,，。.、;；:：!！])"
BEGINS_NO_LIST = r"(?![.、]\s*\S)"  # 1、灯还不亮 2、没人来
SOLVED = re.compile(rf"^(1{BEGINS_NO_LIST}|解决了|已解决|已经解决了?|满意){END}")
NOT_SOLVED = re.compile(rf"^(2{BEGINS_NO_LIST}|没解决|没有解决|未解决|还没解决|不满意){END}")
# About the call that a unit says it made; nothing else in the text, or it is something to add.
CALLED = re.compile(r"(已?接到(电话)?了?|打过(电话)?了?)")
NOT_CALLED = re.compile(
    r"(没|没有)人?(给我)?(打过?(电话)?|来过?电话)|(没|没有|未)(接到|收到电话)(过?电话)?"
)
NUMBER = re.compile(r"\d{9,20}")
MARKS = " ,，。.、;；:：!！"
LETTERS = re.compile(r"[0-9A-Za-z]+")


def take(reply: Inbound) -> str | None:
    """Do what the words ask for; what was done, None where nobody can tell."""
    text = unicodedata.normalize("NFKC", reply.words).strip()
    case = _case_named(text, reply) or _case_of_last(reply)
    if case is not None:
        reply.subject = case.subject
        return _to_case(case, text, reply)
    return _report(text, reply)


def _case_named(text: str, reply: Inbound) -> Case | None:
    for found in NUMBER.findall(text):
        parsed = parse_case_number(found)
        case = parsed and _mine(reply).filter(pk=parsed[1]).first()
        if case and case.number == found:
            return case
    return None


def _case_of_last(reply: Inbound) -> Case | None:
    """What the last SMS to this phone was about."""
    sent = Message.objects.filter(
        phone_index=reply.phone_index,
        template__in=RESIDENT,
        subject__startswith="case:",
        state__in=(MessageState.SENT, MessageState.DELIVERED),
        sent_at__gt=timezone.now() - ABOUT_LAST,
    ).order_by("-pk")
    subject = sent.values_list("subject", flat=True).first()
    if subject is None:
        return None
    return _mine(reply).filter(pk=int(subject.partition(":")[2])).first()


def _mine(reply: Inbound):
    return Case.objects.select_related("place", "unit", "requester", "assignee").filter(
        requester__phone_index=reply.phone_index
    )


def _to_case(case: Case, text: str, reply: Inbound) -> str | None:
    """What was done. Words that the case does not take any more are for a person to read, but for
    thanks, and for those of a sealed matter, which no dispatcher may see."""
    by = Resident(frozenset({case.pk}), reply.phone_index)
    words = text.replace(case.number, "", 1).strip() or text
    try:
        if (move := _of_the_call(case, words)) is not None:
            label = advance(case, move, by=by).move
            return _("记为：{what}").format(what=MOVES[label].label)
        if case.state == State.ANSWERED and (found := SOLVED.match(words)):
            rest = words[found.end() :].strip(MARKS)
            advance(case, "confirm", by=by, score=Score.SATISFIED, words=rest)
            return _("记为：解决了，满意")
        if case.state == State.ANSWERED and (found := NOT_SOLVED.match(words)):
            rest = words[found.end() :].strip(MARKS)
            advance(case, "dispute", by=by, score=Score.DISSATISFIED, words=rest)
            return _("记为：没有解决，不满意")
        advance(case, "reply" if case.state == State.WAITING else "add", by=by, words=words)
    except (Refused, NotThere) as refused:
        if not (case.is_sealed or SOLVED.match(words)):
            return None
        return _("没有记入：{reason}").format(reason=str(refused) or _("事项已经结束"))
    return _("记入事项")


def _of_the_call(case: Case, words: str) -> str | None:
    """The move that a word on the call asks for, while a unit's claim stands for itself."""
    said = words.strip(MARKS)
    is_yes, is_no = CALLED.fullmatch(said), NOT_CALLED.fullmatch(said)
    if not (is_yes or is_no) or proof_of(case) != Proof.CLAIMED:
        return None
    return CONFIRMED if is_yes else denial(case)


def _report(text: str, reply: Inbound) -> str | None:
    """A text with a code from a sign in it opens a case there; any other is for a person to read,
    since nobody knows where it is about."""
    for found in LETTERS.findall(text):
        if not is_code(clean_code(found)):
            continue
        looked = look_up(found)
        words = text.replace(found, "", 1).strip(MARKS)
        if looked.outcome != Outcome.USABLE or len(words) < LEAST_WORDS:
            continue
        assert looked.code is not None and looked.place is not None  # noqa: S101
        report = Report(
            token=f"sms:{reply.digest}",
            place=looked.place,
            text=words,
            phone=reply.phone,
            spot=looked.code.spot,
            code=looked.code,
            channel=Channel.SMS,
        )
        case = file_report(report, by=Resident()).case
        reply.subject = case.subject
        return _("立为新的事项")
    return None
