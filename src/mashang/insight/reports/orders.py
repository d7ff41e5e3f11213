"""Orders of reports: put in, made by a child process, kept, mailed to who subscribed.

A child makes them, so that the libraries of Word and PDF stay out of the worker's memory and SMS
never wait for a page. It is mail that leaves the machine, so nothing is sent inside a transaction.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from mashang.core.errors import Refused
from mashang.insight.models import Every, Form, Report, ReportState, Subscription
from mashang.insight.periods import DAY, NAMED, Period, next_month
from mashang.insight.reports.content import content
from mashang.insight.reports.files import MAKERS
from mashang.insight.scopes import Scope, find_scope, own_units, reads_figures, seeing_posts
from mashang.people.actors import Staff
from mashang.people.models import Account
from mashang.places.models import subtree

log = logging.getLogger(__name__)
IS_DEAD_AFTER = timedelta(minutes=10)  # a report takes seconds
MOST_WAITING = 10  # of one person
MOST_TRIES, TRY_AGAIN_AFTER = 6, timedelta(minutes=10)
NICE = 10
# Which period a subscription reports on, and when the following one is due.
REPORTED = {Every.DAY: "yesterday", Every.WEEK: "last_week", Every.MONTH: "last_month"}
SENT_FROM_HOUR = 6


def order(
    scope: Scope, period: Period, form: str, *, by: Staff, subscription: Subscription | None = None
) -> Report:
    """Put in an order; the worker has it made. Raises Refused where too many wait already."""
    if form not in Form:
        raise Refused(_("请选择 Excel、Word 或 PDF。"))
    mine = Report.objects.filter(
        ordered_by=by.account, state__in=(ReportState.WAITING, ReportState.RUNNING)
    )
    if subscription is None and mine.count() >= MOST_WAITING:
        raise Refused(_("您已有 {most} 份报告在排队，请等做完再要。").format(most=MOST_WAITING))
    return Report.objects.create(
        place=scope.place, unit=scope.unit, first=period.first, last=period.last, form=form,
        language=subscription.language if subscription else translation.get_language() or "",
        ordered_by=by.account, subscription=subscription,
    )  # fmt: skip


def visible_to(actor: Staff) -> QuerySet[Report]:
    """The reports of places and units whose figures the person reads today."""
    if not reads_figures(actor):
        return Report.objects.none()
    mine = Q(place=None, unit__in=[unit.pk for unit in own_units(actor)])
    for post in seeing_posts(actor):
        mine |= subtree(post.place_id, field="place_id")
        mine |= Q(place=None) & subtree(post.place_id, field="unit__place_id")
    return Report.objects.filter(mine)


def path_of(report: Report) -> Path:
    return Path(settings.DATA_DIR) / "reports" / f"{report.pk}.{report.form}"


def _scope_of(row: Report | Subscription) -> Scope:
    return Scope(place=row.place, unit=row.unit)


def name_of(report: Report) -> str:
    """The name of its file, as it is downloaded."""
    period = Period(report.first, report.last)
    return _("{place} {period}.{form}").format(
        place=_scope_of(report).name, period=period.label, form=report.form
    )


# Making ------------------------------------------------------------------------------------------


def _claimable(now: datetime) -> Q:
    return Q(state=ReportState.WAITING) | Q(
        state=ReportState.RUNNING, beat_at__lt=now - IS_DEAD_AFTER
    )


def _to_mail(now: datetime) -> Q:
    return Q(
        state=ReportState.DONE, mailed_at=None, subscription__isnull=False,
        mail_tries__lt=MOST_TRIES,
    ) & (Q(mail_tries=0) | Q(beat_at__lt=now - TRY_AGAIN_AFTER))  # fmt: skip


def make_next() -> bool:
    """Make the report that waits longest, or mail one that is made; False where there is none."""
    now = timezone.now()
    report = Report.objects.filter(_claimable(now)).order_by("pk").first()
    if report is not None:
        claimed = Report.objects.filter(_claimable(now), pk=report.pk).update(
            state=ReportState.RUNNING, beat_at=now, progress=5, trouble=""
        )
        if claimed:
            _make(Report.objects.select_related("place", "unit").get(pk=report.pk))
        return True
    report = Report.objects.filter(_to_mail(now)).order_by("pk").first() if mails() else None
    if report is None:
        return False
    claimed = Report.objects.filter(_to_mail(now), pk=report.pk).update(
        mail_tries=F("mail_tries") + 1, beat_at=now
    )
    if claimed:
        _mail(report)
    return True


def _make(report: Report) -> None:
    """Write the file under another name and give it its own when it is whole."""
    try:
        with translation.override(report.language or settings.LANGUAGE_CODE):
            said = content(_scope_of(report), Period(report.first, report.last))
            _beat(report, 50)
            data = MAKERS[report.form](said)
        _beat(report, 90)
        path = path_of(report)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(data)
        unfinished.rename(path)
    except Refused as refused:
        _fail(report, str(refused))
    except Exception:
        log.exception("report %s could not be made", report.pk)
        _fail(report, _("生成时出错了，请再要一份；还不行，请告诉系统管理员。"))
    else:
        Report.objects.filter(pk=report.pk).update(
            state=ReportState.DONE, progress=100, made_at=timezone.now(), size=len(data)
        )


def _beat(report: Report, progress: int) -> None:
    Report.objects.filter(pk=report.pk).update(progress=progress, beat_at=timezone.now())


def _fail(report: Report, trouble: str) -> None:
    Report.objects.filter(pk=report.pk).update(
        state=ReportState.FAILED, trouble=trouble[:300], made_at=timezone.now()
    )


# Subscribing and mailing -------------------------------------------------------------------------


def mails() -> bool:
    """Whether the city has set how mail is sent."""
    return bool(settings.MAIL_FROM)


def _next_on(every: str, today: date) -> date:
    """The day on which a report is due after `today`."""
    if every == Every.MONTH:
        return next_month(today)
    return today + (7 - today.weekday()) * DAY if every == Every.WEEK else today + DAY


def subscribe(scope: Scope, *, every: str, form: str, email: str, by: Staff) -> Subscription:
    """Have a report mailed every so often, the first one after the period that runs now; who asks
    for the same again, as by a second click, has it once."""
    wanted = {
        "account": by.account, "place": scope.place, "unit": scope.unit, "every": every,
        "form": form, "ended_at": None,
    }  # fmt: skip
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=by.account.pk)
        for row in Subscription.objects.filter(**wanted):
            if row.email == email:
                return row
        return Subscription.objects.create(
            **wanted, email=email, language=translation.get_language() or "",
            next_on=_next_on(every, timezone.localdate()),
        )  # fmt: skip


def order_due(*, at: datetime | None = None) -> int:
    """Put in the orders of subscriptions whose day has come; returns how many. Those of people who
    do not read the figures any more end."""
    now = timezone.localtime(at)
    if now.hour < SENT_FROM_HOUR:
        return 0
    due = Subscription.objects.filter(next_on__lte=now.date(), ended_at=None)
    done = 0
    for row in due.select_related("account", "place", "unit").order_by("pk")[:100]:
        with transaction.atomic():
            mine = Subscription.objects.filter(pk=row.pk, next_on=row.next_on, ended_at=None)
            if not mine.update(next_on=_next_on(row.every, now.date())):
                continue
            if not _still_reads(row):
                Subscription.objects.filter(pk=row.pk).update(ended_at=now)
                continue
            period = NAMED[REPORTED[Every(row.every)]][1](now.date())
            order(_scope_of(row), period, row.form, by=Staff(row.account), subscription=row)
            done += 1
    return done


def _still_reads(row: Subscription) -> bool:
    scope = find_scope(
        Staff(row.account), place=row.place_id or "", unit=str(row.unit_id) if row.unit_id else ""
    )
    return scope is not None


def _mail(report: Report) -> None:
    """Send it to who subscribed, once; what goes wrong is tried again later."""
    row = Subscription.objects.select_related("account").get(pk=report.subscription_id)
    if row.ended_at is not None or not _still_reads(row):
        Report.objects.filter(pk=report.pk).update(mail_tries=MOST_TRIES)
        return
    with translation.override(report.language or settings.LANGUAGE_CODE):
        name = name_of(report)
        message = EmailMessage(
            subject=name.rpartition(".")[0],
            body=_("附件是您订阅的报告。不想再收，请到“统计”里的“报告”退订。"),
            from_email=settings.MAIL_FROM,
            to=[row.email],
        )
    message.attach(name, path_of(report).read_bytes())
    try:
        message.send()
    except OSError as error:
        # The library's own words may hold the server's greeting, never the password.
        log.warning("report %s could not be mailed: %s", report.pk, type(error).__name__)
        return
    Report.objects.filter(pk=report.pk).update(mailed_at=timezone.now())


# The worker's part -------------------------------------------------------------------------------

_child: "subprocess.Popen[bytes] | None" = None


def start_waiting(start: "Callable[..., subprocess.Popen[bytes]]" = subprocess.Popen) -> int:
    """Have a child make what waits."""
    global _child  # noqa: PLW0603 (a process has one)
    if _child is not None and _child.poll() is None:
        return 0
    now = timezone.now()
    waits = Report.objects.filter(_claimable(now)).exists()
    if not waits and not (mails() and Report.objects.filter(_to_mail(now)).exists()):
        return 0
    _child = start(
        [sys.executable, "-m", "mashang.cli", "figures", "--reports"],
        stdin=subprocess.DEVNULL,
        env={"DJANGO_SETTINGS_MODULE": "mashang.config.settings", **os.environ},
    )
    return 1
