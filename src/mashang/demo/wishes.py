"""Invented micro-wishes of 颐和社区 in the demonstration, each at another point of its way."""

from datetime import datetime, timedelta

from django.utils import timezone

from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import Resident, Staff
from mashang.people.duty import who_is_on_call
from mashang.people.queries import ordinary_unit
from mashang.places.models import Place
from mashang.wishes.actions import Claimant, offer, post
from mashang.wishes.models import Kind, Offer

# What the person wrote, what is shown of it, how far it has come.
WISHES = [
    ("我眼睛花了，想要一副老花镜，三百度的", "一位老人想要一副 300 度的老花镜", "fulfilled"),
    ("孩子上三年级，想要一套科普书", "一个三年级孩子想要一套科普书", "fulfilled"),
    ("轮椅的刹车坏了，想请人修", "请一位会修轮椅的师傅帮忙修刹车", "delivered"),
    ("冬天冷，想要一床厚被子", "一位独居老人想要一床厚被子", "claimed"),
    ("腿脚不方便，想请人上门理发", "一位老人想请人上门理发", "shown"),
    ("想要一个能看大字的闹钟", "一位老人想要一个大字闹钟", "shown"),
    ("孩子写作业没有台灯", "一个孩子想要一盏护眼台灯", "shown"),
    ("灯泡坏了够不着，想请人换一下", "一位老人想请人换灯泡", "shown"),
    ("想学用手机挂号，没人教", "", "posted"),
]
HELPERS = [(Kind.TEAM, "蓝马甲志愿队"), (Kind.UNIT, "社区眼镜店"), (Kind.PERSON, "")]
OFFERS = [
    ("周末可以上门理发，自带工具", Kind.PERSON, ""),
    ("有两套九成新的书桌可以送", Kind.UNIT, "便民超市"),
]
NAMES = ("王玉兰", "李秀英", "张守仁", "马桂花", "陈小妹")
FIRST_PHONE = 19900007001


def fill(place: Place, *, now: datetime | None = None) -> int:
    """Post and move them by the same actions as real ones; nothing where there are any."""
    now = now or timezone.now()
    unit = ordinary_unit(place.code)
    found = who_is_on_call(unit, at=now) if unit else None
    if found is None or Offer.objects.exists():
        return 0
    grid = Staff(found.account)
    for number, (text, shown, until) in enumerate(WISHES):
        at = now - timedelta(days=len(WISHES) - number, hours=3)
        name, phone, helper = (
            NAMES[number % len(NAMES)],
            str(FIRST_PHONE + number),
            str(FIRST_PHONE + 50 + number),
        )
        case = post(
            token=f"demo-wish-{number:012d}", place=place, text=text, name=name, phone=phone,
            by=Resident(), at=at,
        ).case  # fmt: skip
        kind, group = HELPERS[number % len(HELPERS)]
        who = Claimant("李志愿", helper, kind, group)
        steps = [
            ("shown", "check", {"public_words": shown, "handover": unit.name if unit else ""}),
            ("claimed", "claim", {"claimant": who}),
            ("delivered", "deliver", {"words": "已经送到居委会，由社区转交。"}),
            ("fulfilled", "confirm", {"words": "谢谢，正合用。"}),
        ]
        for _reached, move, facts in steps[: ["posted", *(s[0] for s in steps)].index(until)]:
            at += timedelta(hours=5)
            advance(Case.every.get(pk=case.pk), move, by=grid, at=at, **facts)
    for number, (words, kind, group) in enumerate(OFFERS):
        helper = Claimant("赵热心", str(FIRST_PHONE + 90 + number), kind, group)
        offer(token=f"demo-offer-{number:012d}", place=place, words=words, who=helper, at=now)
    Message.objects.exclude(state=MessageState.SENT).update(
        state=MessageState.SENT, queued_at=now, sent_at=now
    )
    return len(WISHES)
