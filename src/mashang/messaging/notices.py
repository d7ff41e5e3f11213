"""Notices to many: written and looked at first, then handed to the outbox a little at a time.

A draft holds its recipients, so that the dry run counts exactly those to whom it will go. Once
started, the worker releases so many a minute as ordinary messages: each goes once to a phone, by
its key; quiet hours, quotas and the list of those who want none hold as for any notice, and duty
messages overtake it in the outbox.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.core.ids import is_signed, key_of
from mashang.core.phones import WrongPhone, clean_phone, is_mobile
from mashang.messaging import lanes, templates, texts
from mashang.messaging.actions import Draft, abort, end_of_quiet, queue
from mashang.messaging.checking import counted_today
from mashang.messaging.models import (
    DoNotSend,
    Message,
    MessageState,
    Notice,
    NoticeRecipient,
    NoticeState,
    Purpose,
)
from mashang.people.actors import Staff
from mashang.people.doors import holds
from mashang.people.models import Post, Role

TEMPLATE = "notice"
WRITERS = (Role.PUBLISHER, Role.SYSTEM_OPERATOR)
MOST_RECIPIENTS = 20_000
DRAFTS_KEPT = timedelta(days=7)
MOST_AT_ONCE = 500
MINUTE = timedelta(minutes=1)


# Who may --------------------------------------------------------------------------------------


def may_write(actor: Staff) -> bool:
    return holds(actor, *WRITERS)


def posts_of(actor: Staff) -> list[Post]:
    """The posts by which somebody writes notices; each signs for its unit, within its place."""
    return [post for post in actor.posts if post.role in WRITERS] if may_write(actor) else []


def visible_to(actor: Staff) -> QuerySet[Notice]:
    about = Q(pk__in=[])
    for post in posts_of(actor):
        about |= Q(place__code__startswith=post.place_id)
    return Notice.objects.filter(about).select_related("unit", "place", "made_by")


def names(keys: list[int]) -> Mapping[int, str]:
    rows = Notice.objects.filter(pk__in=keys).values_list("pk", "title")
    return {key: _("通知：{title}").format(title=title) for key, title in rows}


def by_token(token: str) -> Notice | None:
    """The notice that a link names, once it went out."""
    key = key_of(token)
    if key is None or not is_signed("notice", token, key):
        return None
    sent = Notice.objects.exclude(state=NoticeState.DRAFT).select_related("unit")
    return sent.filter(pk=key).first()


# Writing --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """Phones as somebody handed them in: those that an SMS reaches, once each, and how many of
    the rest there are."""

    phones: list[str]
    bad: int = 0
    doubled: int = 0


def sort_out(typed: Iterable[str]) -> Listed:
    """Clean what was typed or read from a table; empty cells count as nothing."""
    found: dict[str, None] = {}
    bad = doubled = 0
    for text in typed:
        if not text.strip():
            continue
        try:
            phone = clean_phone(text)
        except WrongPhone:
            phone = ""
        if not is_mobile(phone):
            bad += 1
        elif phone in found:
            doubled += 1
        else:
            found[phone] = None
    return Listed(list(found), bad, doubled)


def write(
    listed: Listed, *, title: str, body: str, post: Post, audience: str, per_minute: int, by: Staff
) -> Notice:
    """Keep a draft with its recipients; nothing is sent. Raises Refused for nobody or too many."""
    if not listed.phones:
        raise Refused(_("没有一个能收短信的手机号，请核对名单。"))
    if len(listed.phones) > MOST_RECIPIENTS:
        raise Refused(
            _("一次最多 {most} 个号码，这里有 {count} 个。请分成几次发。").format(
                most=MOST_RECIPIENTS, count=len(listed.phones)
            )
        )
    with transaction.atomic():
        notice = Notice.objects.create(
            title=title,
            body=body,
            unit=post.unit,
            place=post.place,
            audience=audience,
            per_minute=per_minute,
            left_out={"bad": listed.bad, "doubled": listed.doubled},
            made_by=by.account,
        )
        NoticeRecipient.objects.bulk_create(
            [
                NoticeRecipient(notice=notice, phone=phone, phone_index=blind_index(phone))
                for phone in listed.phones
            ],
            batch_size=1000,
        )
        _record("notice_written", notice, by=by)
    return notice


def _record(kind: str, notice: Notice, *, by: Staff) -> None:
    data = {"count": notice.recipients.count()}
    record(kind, by=by, about=notice.subject, place=notice.place_id, data=data)


def params(notice: Notice) -> dict[str, str]:
    name, most = notice.unit.name, texts.LONGEST_VALUE
    return {
        "unit": name if len(name) <= most else name[: most - 1] + "…",
        "topic": notice.title,
        "link": f"{settings.BASE_URL}/n/{notice.token}",
    }


# The dry run ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forecast:
    """What would happen if it were started now."""

    text: str
    parts: int  # of one message
    listed: int
    bad: int
    doubled: int
    unwanted: int  # on the list of those who want none
    full: int  # had their share today
    goes_to: int
    cost: Decimal | None  # yuan; None where no price is known
    minutes: int
    begins_at: datetime | None  # where quiet hours hold it back
    obstacle: str  # why no provider can carry it


def forecast(notice: Notice, *, at: datetime | None = None) -> Forecast:
    """In six queries, however many recipients there are."""
    now = at or timezone.now()
    here = notice.recipients.all()
    total = here.count()
    unlisted = DoNotSend.objects.values("phone_index")
    unwanted = here.filter(phone_index__in=unlisted).count()
    full = (
        counted_today(now)
        .filter(phone_index__in=here.values("phone_index"))
        .exclude(phone_index__in=unlisted)
        .order_by()
        .values("phone_index")
        .annotate(today=Count("pk"), same=Count("pk", filter=Q(template=TEMPLATE)))
        .filter(
            Q(today__gte=settings.NOTICES_PER_PHONE_A_DAY)
            | Q(same__gte=settings.SAME_NOTICE_PER_PHONE_A_DAY)
        )
        .count()
    )
    text = templates.render(TEMPLATE, params(notice))
    parts, goes_to = templates.parts(text), total - unwanted - full
    price = _price_of_a_part()
    return Forecast(
        text=text,
        parts=parts,
        listed=total + notice.left_out.get("bad", 0) + notice.left_out.get("doubled", 0),
        bad=notice.left_out.get("bad", 0),
        doubled=notice.left_out.get("doubled", 0),
        unwanted=unwanted,
        full=full,
        goes_to=goes_to,
        cost=None if price is None else (price * parts * goes_to).quantize(Decimal("0.01")),
        minutes=-(-goes_to // notice.per_minute),
        begins_at=end_of_quiet(TEMPLATE, now),
        obstacle=_obstacle(notice),
    )


def _price_of_a_part() -> Decimal | None:
    """Yuan, the mean of the providers in use by their weights."""
    carrying = [
        row
        for row in lanes.standing()
        if row.is_enabled and row.weight and Purpose.RESIDENT in row.purposes
    ]
    weights = sum(row.weight for row in carrying)
    if not weights or not any(row.price for row in carrying):
        return None
    return Decimal(sum(row.price * row.weight for row in carrying)) / weights / 1000


def _obstacle(notice: Notice) -> str:
    sample = Message(template=TEMPLATE, params=params(notice))
    reasons = []
    for lane in lanes.in_use():
        if Purpose.RESIDENT in lane.purposes:
            worded = lanes.wording(lane, sample)
            if not isinstance(worded, str):
                return ""
            reasons.append(worded)
    return reasons[0] if reasons else _("没有能发这类短信的通道")


# Starting and stopping ------------------------------------------------------------------------


def _change(
    notice: Notice, kind: str, *, start: Iterable[str], to: NoticeState, by: Staff, **more: object
) -> None:
    """By compare-and-set; Refused where somebody was faster."""
    changed = Notice.objects.filter(pk=notice.pk, state__in=start).update(state=to, **more)
    if not changed:
        raise Refused(_("这条通知的状态刚刚变了，请看最新情况。"))
    _record(kind, notice, by=by)


def start(notice: Notice, *, by: Staff) -> None:
    """Let the worker begin. Refused where no provider can carry it."""
    obstacle = _obstacle(notice)
    if obstacle:
        raise Refused(_("现在发不了：{reason}。").format(reason=obstacle))
    with transaction.atomic():
        _change(
            notice, "notice_started", start=[NoticeState.DRAFT], to=NoticeState.RUNNING, by=by,
            started_at=timezone.now(),
        )  # fmt: skip


def pause(notice: Notice, *, by: Staff) -> None:
    """Release no more for now; what the outbox has goes out, at most what a minute brings."""
    with transaction.atomic():
        _change(notice, "notice_paused", start=[NoticeState.RUNNING], to=NoticeState.PAUSED, by=by)


def resume(notice: Notice, *, by: Staff) -> None:
    with transaction.atomic():
        _change(
            notice, "notice_resumed", start=[NoticeState.PAUSED], to=NoticeState.RUNNING, by=by,
            released_at=None,
        )  # fmt: skip


def stop(notice: Notice, *, by: Staff) -> int:
    """End it for good; what still waits in the outbox is cancelled: how many. What was sent
    cannot be called back, but its page says that the notice was stopped."""
    with transaction.atomic():
        running = [NoticeState.RUNNING, NoticeState.PAUSED, NoticeState.DONE]
        _change(
            notice, "notice_stopped", start=running, to=NoticeState.STOPPED, by=by,
            ended_at=timezone.now(),
        )  # fmt: skip
        notice.recipients.filter(is_released=False).update(phone="")
        return abort(notice.subject, reason=_("通知已停发"))


def drop(notice: Notice, *, by: Staff) -> None:
    """Throw a draft away, numbers and all."""
    with transaction.atomic():
        draft = Notice.objects.select_for_update().filter(pk=notice.pk, state=NoticeState.DRAFT)
        if draft.first() is None:
            raise Refused(_("已经开始发了，不能放弃，只能停发。"))
        _record("notice_dropped", notice, by=by)
        draft.delete()


def forget_old_drafts() -> int:
    """Drafts that nobody started, with the numbers in them."""
    old = Notice.objects.filter(state=NoticeState.DRAFT, made_at__lt=timezone.now() - DRAFTS_KEPT)
    return old.delete()[0]


def no_longer_right(messages: Sequence[Message]) -> dict[int, str]:
    """Messages of notices that were stopped, also those that a worker holds already or that
    somebody sends again: id → why. One query."""
    keys = {message.subject.removeprefix("notice:") for message in messages}
    stopped = Notice.objects.filter(
        pk__in=[int(key) for key in keys if key.isdigit()], state=NoticeState.STOPPED
    )
    ended = {notice.subject for notice in stopped.only("pk")}
    return {message.pk: _("通知已停发") for message in messages if message.subject in ended}


# The worker's part ----------------------------------------------------------------------------


def release_due() -> int:
    """Hand the next recipients of the running notices to the outbox; returns how many."""
    running = Notice.objects.filter(state=NoticeState.RUNNING).order_by("pk")
    return sum(_release(key) for key in running.values_list("pk", flat=True))


def _release(key: int) -> int:
    """As many as the time since the last release allows; none in quiet hours, and none while the
    outbox still holds a minute's worth of them."""
    now = timezone.now()
    if end_of_quiet(TEMPLATE, now) is not None:
        return 0
    with transaction.atomic():
        mine = Notice.objects.select_for_update(of=("self",), skip_locked=True)
        notice = mine.select_related("unit").filter(pk=key, state=NoticeState.RUNNING).first()
        if notice is None:
            return 0
        since = min(now - notice.released_at, MINUTE) if notice.released_at else MINUTE / 60
        most = min(
            int(since / MINUTE * notice.per_minute) or (not notice.released_at), MOST_AT_ONCE
        )
        if most < 1:
            return 0
        waiting = Message.objects.filter(subject=notice.subject, state=MessageState.QUEUED)
        if waiting.count() >= notice.per_minute:
            return 0
        rows = list(notice.recipients.filter(is_released=False).order_by("pk")[: most + 1])
        is_last, rows = len(rows) <= most, rows[:most]
        values = params(notice)
        queue(
            [
                Draft(
                    template=TEMPLATE,
                    phone=row.phone,
                    params=values,
                    key=f"{notice.subject}:{row.pk}",
                    subject=notice.subject,
                )
                for row in rows
            ]
        )
        notice.recipients.filter(pk__in=[row.pk for row in rows]).update(is_released=True, phone="")
        notice.released_at = now
        if is_last:
            notice.state, notice.ended_at = NoticeState.DONE, now
        notice.save(update_fields=["released_at", "state", "ended_at"])
        return len(rows)


# Progress -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a notice is, in numbers of phones."""

    total: int
    released: int
    queued: int
    sent: int
    delivered: int
    failed: int
    withheld: int
    aborted: int

    @property
    def share(self) -> int:
        return 100 * self.released // self.total if self.total else 0


def progress(notice: Notice) -> Progress:
    counts: dict[str, int] = dict(
        Message.objects.filter(subject=notice.subject)
        .order_by()
        .values_list("state")
        .annotate(count=Count("pk"))
    )
    of = counts.get
    return Progress(
        total=notice.recipients.count(),
        released=notice.recipients.filter(is_released=True).count(),
        queued=of(MessageState.QUEUED, 0) + of(MessageState.SENDING, 0),
        sent=of(MessageState.SENT, 0) + of(MessageState.DELIVERED, 0),
        delivered=of(MessageState.DELIVERED, 0),
        failed=of(MessageState.FAILED, 0) + of(MessageState.EXPIRED, 0),
        withheld=of(MessageState.WITHHELD, 0),
        aborted=of(MessageState.ABORTED, 0),
    )
