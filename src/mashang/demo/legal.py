"""Invented counsel, questions and legal guides of the demonstration; the flows that ship.

No flow is signed: nobody of the demonstration is a lawyer.
"""

from datetime import datetime, timedelta
from itertools import cycle

from mashang.cases.models import Case
from mashang.demo.invented import Invention
from mashang.demo.staffing import SHOWN_COUNTY, SHOWN_TOWNSHIP, Step
from mashang.legal import publishing
from mashang.legal.actions import Asked, ask, say
from mashang.legal.loading import SHIPPED, load_flows
from mashang.legal.models import Guide, Training
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import Resident, Staff
from mashang.people.models import Account, Role, Unit, UnitKind
from mashang.places.models import Level, Place

FIRST_COUNSEL, FIRST_GUIDE, FIRST_ASKER = 5401, 5801, 5901
QUESTIONS = (
    (
        "wages", 30, "在饭店干了四个月，最后一个月工资没给就让我走了，没有合同，怎么要？", "某饭店",
        "没有合同也可以要。先收集上班的证据，再去劳动保障监察投诉；不行就申请劳动仲裁，不收费。"
        "从离开那天起一年内要提（《劳动争议调解仲裁法》第二十七条）。"
        "超过一个月没签合同，还可以要求支付二倍工资（《劳动合同法》第八十二条）。",
        "在饭店上班没签合同，被辞退后最后一个月工资没给，怎么要？",
    ),
    (
        "debts", 20, "亲戚三年前借我两万块没写借条，只有转账记录，现在不还，还能起诉吗？", "",
        "能。转账记录加上聊天里承认借钱，就可以起诉。从约定还钱那天起三年，没有约定的随时可以要"
        "（《民法典》第一百八十八条、第六百七十五条）。先在微信里让对方说清欠多少、哪天还。",
        "亲戚借钱没写借条，只有转账记录，还能要回来吗？",
    ),
    (
        "neighbours", 1, "邻居在公用过道里安了铁门，我家老人出不来，找他说不听，该怎么办？", "",
        "", "",
    ),
)  # fmt: skip
EXPIRE_IN = (-5, 40, 400, 700)  # days, one guide after the other


def staff_counsel(units: dict[str, Unit], password: str) -> None:
    """In each county a legal aid centre with two of counsel, in each township of the shown one a
    station with two, the second of whom leads it; they answer to the centre."""
    invention = Invention(first=FIRST_COUNSEL)
    centres, stations = (Step(invention, units, password) for _level in range(2))
    for county in Place.objects.filter(level=Level.COUNTY):
        name = f"{county.name}法律援助中心"
        _counsel(
            centres, centres.unit(_code(county), name, UnitKind.COUNSEL, county), "法律援助律师"
        )
    centres.write()
    for place in Place.objects.filter(level=Level.TOWNSHIP, parent=SHOWN_COUNTY):
        name = f"{place.name}公共法律服务站"
        above = f"{SHOWN_COUNTY}-counsel"
        unit = stations.unit(_code(place), name, UnitKind.COUNSEL, place, above)
        _counsel(stations, unit, "村居法律顾问", "lawyer" if place.code == SHOWN_TOWNSHIP else "")
    stations.write()


def _code(place: Place) -> str:
    return f"{place.code}-counsel"


def _counsel(step: Step, unit: Unit, title: str, username: str = "") -> None:
    for order in (1, 2):
        person = step.person(unit, duty=order, username=f"{username}{order}" if username else "")
        step.post(person, unit, Role.HANDLER, title, is_lead=order == 2)


def fill(shown: Place, *, now: datetime) -> None:
    """The flows, a few questions at 颐和社区, two of them public, and guides in its township."""
    load_flows(SHIPPED)
    last = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
    invention = Invention(first=FIRST_ASKER)
    second = Staff(Account.objects.get(username="lawyer2"))
    for topic, days, words, other, answer, public in QUESTIONS:
        at = now - timedelta(days=days)
        asked = Asked(
            token=f"demo-legal-{topic}", place=shown, topic=topic, words=words, other_party=other,
            name=invention.name(), phone=invention.phone(), may_publish=bool(public),
        )  # fmt: skip
        case = ask(asked, by=Resident(), at=at).case
        if not answer:
            continue
        case = Case.every.select_related("assignee").get(pk=case.pk)
        counsel = Staff(case.assignee)  # type: ignore[arg-type]
        say(case, "answer", answer, by=counsel, at=at + timedelta(hours=5))
        row = publishing.draft(case, question=public, answer=answer, by=counsel)
        publishing.decide(row.pk, publish=True, by=second)
    Message.objects.filter(id__gt=last).update(state=MessageState.SENT, queued_at=now, sent_at=now)
    _fill_guides(shown, now=now)


def _fill_guides(shown: Place, *, now: datetime) -> None:
    invention, today = Invention(first=FIRST_GUIDE), now.date()
    places = list(Place.objects.filter(parent=shown.parent, level=Level.VILLAGE).order_by("code"))
    for number, (place, days) in enumerate(zip(places, cycle(EXPIRE_IN), strict=False), 1):
        guide = Guide.objects.create(
            name=invention.name(), place=place, phone=invention.phone(),
            certificate=f"GSMB{today.year - 2}{number:04d}",
            certified_on=today - timedelta(days=1000), expires_on=today + timedelta(days=days),
        )  # fmt: skip
        Training.objects.create(
            guide=guide, day=today - timedelta(days=60), subject="民法典婚姻家庭编", hours=8
        )
