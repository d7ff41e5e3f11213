"""Invented mediations of 颐和社区 in the demonstration, each at another point of its way."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.mediation.actions import Agreed, Application, Held, Said, apply
from mashang.mediation.models import Door, Party, Side, Way
from mashang.mediation.parties import Person
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import Resident, Staff
from mashang.people.duty import who_is_on_call
from mashang.people.queries import ordinary_unit
from mashang.places.models import Place

# Why somebody came, the line that both read, how far it has come.
DISPUTES = [
    ("楼上漏水泡了我家天花板，找了三次不赔", "楼上漏水的赔偿", "seal"),
    ("楼道里堆杂物，说了不听还吵起来", "楼道堆放杂物", "fail"),
    ("借给他八千块，两年了不还", "八千元借款的归还", "say"),
    ("老人轮流照顾，弟弟家一直不来", "老人由谁照顾", "accept"),
    ("装修噪音，中午也不停", "", ""),
]
NAMES = ("王守业", "何立新", "马玉珍", "陈有才", "刘桂芳", "赵明")
FIRST_PHONE = 19900007201
OTHER_PHONE = "19900007299"
ORDER = ("accept", "consent", "name_mediator", "say", "minutes", "draft", "sign", "seal")


def fill(place: Place, *, now: datetime | None = None) -> int:
    """Apply and move them by the same actions as real ones; nothing where there are any."""
    now = now or timezone.now()
    unit = ordinary_unit(place.code)
    found = who_is_on_call(unit, at=now) if unit else None
    if found is None or Party.objects.exists():
        return 0
    for number, (text, topic, until) in enumerate(DISPUTES):
        at = now - timedelta(days=2 * (len(DISPUTES) - number), hours=5)
        names = NAMES[number % len(NAMES)], NAMES[(number + 3) % len(NAMES)]
        phones = [str(FIRST_PHONE + 2 * number + side) for side in (0, 1)]
        # Whom it concerns of the other side, besides: the brothers who share the care.
        others = (Person("赵强", OTHER_PHONE),) if until == "accept" else ()
        given = Application(place, text, names[0], phones[0], names[1], phones[1], others=others)
        case = apply(given, token=f"demo-mediation-{number:08d}", by=Resident(), at=at).case
        _tell(case, topic, until, names, Staff(found.account), at)
    Message.objects.exclude(state=MessageState.SENT).update(
        state=MessageState.SENT, queued_at=now, sent_at=now
    )
    return len(DISPUTES)


def _tell(
    case: Case, topic: str, until: str, names: tuple[str, str], mediator: Staff, at: datetime
) -> None:
    one, other = (
        Party.objects.filter(case=case, side=side).order_by("pk")[0]
        for side in (Side.APPLICANT, Side.RESPONDENT)
    )
    sides = Resident(frozenset({case.pk}))

    def move(name: str, by: Resident | Staff, **facts: object) -> None:
        nonlocal at
        at += timedelta(hours=3)
        advance(Case.every.get(pk=case.pk), name, by=by, at=at, **facts)

    last = ORDER.index("minutes" if until == "fail" else until) if until else -1
    for step in ORDER[: last + 1]:
        if step == "accept":
            move(step, mediator, topic=topic)
        elif step == "consent":
            move(step, sides, party=other)
        elif step == "name_mediator":
            move(step, mediator, mediator=mediator.account)
        elif step == "say":
            said = Said("只要把话说开，赔多少可以商量。")
            move(step, sides, party=one, statement=said)
        elif step == "minutes":
            held = Held(timezone.localdate(at), "双方到场，看了现场，都说了自己的想法。")
            move(step, mediator, session=held)
        elif step == "draft":
            move(step, mediator, agreement=_agreement(names, timezone.localdate(at)))
        elif step == "sign":
            move(step, sides, party=one, way=Way.CODE)
            move(step, mediator, party=other, way=Way.PAPER)
        else:
            move(step, mediator)
    if until == "fail":
        move("fail", mediator, words="谈了两次，差得太远。", door=Door.COURT)


def _agreement(names: tuple[str, str], day: date) -> Agreed:
    contents = {
        "parties": f"申请方：{names[0]}；对方：{names[1]}。",
        "facts": "楼上水管漏水，泡坏楼下天花板约六平方米。",
        "issues": "修复费用由谁出、出多少。",
        "liability": "楼上管道老化，楼上承担主要责任。",
        "terms": "楼上赔偿 1800 元，分两次在社区居委会当面付清。",
    }
    instalments = [
        (day + timedelta(days=20), "付 1000 元"),
        (day + timedelta(days=50), "付 800 元"),
    ]
    return Agreed(contents, instalments)
