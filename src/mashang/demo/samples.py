"""Invented reports in the demonstration city, each at another point of its way.

They are filed and moved by the same actions as real ones, at times in the past, so that the desk,
the tracking pages and `mashang verify` have something true to show.
"""

import csv
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import itemgetter

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.actions.filing import Report
from mashang.cases.models import Case, Channel
from mashang.cases.warning_words import sounds_like_accusation
from mashang.codes.models import Code, CodeState
from mashang.core.tables import Say
from mashang.demo import estates, legal, mediations, wishes
from mashang.demo.city import DATA, RIDERS_CODE, SHOWN_CODE
from mashang.demo.invented import Invention
from mashang.demo.told import Told, file_and_tell
from mashang.places.models import Kind, Level

SEED = 1001
FIRST_RESIDENT = 6001  # the staff's invented numbers end long before
DAYS_AGO = (4, 24)
SHOWN_SHARE = 0.3


def answered(story: Told) -> None:
    story.cadre("acknowledge", after=3)
    story.cadre("contact_reached", after=9, words=_("已和诉求人通话，约好上门看。"))
    story.cadre(
        "answer",
        after=26 * 60,
        words=_("已到现场处理，诉求人在场确认。"),
        answer=_("您好，您反映的问题我们已到现场处理完毕。如果再出现，请随时联系社区。"),
    )


def confirmed(story: Told) -> None:
    answered(story)
    story.resident("confirm", after=180, score="satisfied", words=_("处理得快，谢谢。"))
    story.resident("contact_confirmed", after=1)


def fairly_confirmed(story: Told) -> None:
    answered(story)
    story.resident("confirm", after=600, score="fair")


def disputed(story: Told) -> None:
    answered(story)
    story.resident("contact_denied_later", after=2)
    story.resident("reopen", after=300, words=_("当天好了，第二天又不行了。"))
    story.cadre("contact_reached", after=12)
    story.cadre(
        "answer",
        after=20 * 60,
        words=_("联系厂家换了整套配件。"),
        answer=_("您好，这次换了整套配件，保修一年。给您添麻烦了。"),
    )


def in_hand(story: Told) -> None:
    story.cadre("acknowledge", after=4)
    story.cadre("contact_reached", after=11, words=_("已通话，明天上午去看。"))


def waiting(story: Told) -> None:
    in_hand(story)
    story.cadre("ask_resident", after=60, words=_("请问是几单元？最好拍一张照片。"))


def return_asked(story: Told) -> None:
    story.cadre("contact_reached", after=8)
    story.cadre("ask_return", after=40, words=_("这段路由市政管养，不在社区范围。"))


def passed_up(story: Told) -> None:
    in_hand(story)
    story.cadre("pass_up", after=90, words=_("需要街道协调物业和供热公司。"))


def withdrawn(story: Told) -> None:
    story.resident("withdraw", after=15, words=_("邻居已经修好了。"))


def just_filed(story: Told) -> None:
    """Nothing has happened yet."""


def mended(story: Told) -> None:
    story.cadre("acknowledge", after=5)
    story.cadre(
        "answer",
        after=5 * 60,
        words=_("已请市政来人修好，拍了照。"),
        answer=_("已经修好了，谢谢您顺手告诉我们。"),
    )


HAZARDS: list[tuple[str, str, int, Callable[[Told], None]]] = [
    ("井盖缺失松动", "工农路和友好路路口", 75, mended),
    ("路灯红绿灯不亮", "小区南门外", 50, mended),
    ("消防通道堵了", "7号楼北侧", 3, lambda story: story.cadre("acknowledge", after=6)),
]
# How many minutes ago the newest stories began; the others began days ago and are finished.
OPEN: list[tuple[int, Callable[[Told], None]]] = [
    (2, just_filed),
    (6, just_filed),
    (50, in_hand),
    (200, in_hand),
    (300, waiting),
    (180, return_asked),
    (400, passed_up),
]
FINISHED = [confirmed, confirmed, confirmed, fairly_confirmed, answered, disputed, withdrawn]


def fill(say: Say, *, now: datetime | None = None) -> int:
    """File the invented reports of data/reports.csv; returns how many. Does nothing where the
    city has cases already."""
    now = now or timezone.now()
    if Case.objects.exists():
        return 0
    chance, invention = random.Random(SEED), Invention(first=FIRST_RESIDENT)  # noqa: S311
    codes = Codes(chance)
    rows = _rows()
    stories = [(_began(place, now, chance), place, row) for place, row in enumerate(rows)]
    for began, place, row in sorted(stories, key=itemgetter(0)):
        tell = OPEN[place][1] if place < len(OPEN) else FINISHED[place % len(FINISHED)]
        _tell(row, codes.fitting(row, is_open=place < len(OPEN)), invention, began, tell)
    legal.fill(Code.objects.select_related("place__parent").get(pk=SHOWN_CODE).place, now=now)
    wishes.fill(Code.objects.select_related("place").get(pk=SHOWN_CODE).place, now=now)
    mediations.fill(Code.objects.select_related("place").get(pk=SHOWN_CODE).place, now=now)
    count = len(rows) + _from_a_rider(now) + estates.tell_orders(now)
    say(_("诉求：%(count)d") % {"count": count})
    return count


def _from_a_rider(now: datetime) -> int:
    """What a rider reported with three taps and no name; they read by their code what became of
    it."""
    code = Code.objects.select_related("place", "unit").get(pk=RIDERS_CODE)
    for seen, spot, hours, tell in HAZARDS:
        report = Report(
            token=f"demo-{seen}{hours}",
            place=code.place,
            spot=spot,
            code=code,
            channel=Channel.CODE,
            text=f"看到什么：{seen}",
            type="hazard",
            answers={"hazard": seen},
            is_chosen=True,
            is_anonymous=True,
        )
        file_and_tell(report, now - timedelta(hours=hours), tell)
    return len(HAZARDS)


def _began(place: int, now: datetime, chance: random.Random) -> datetime:
    """Minutes ago for those still open; for the others a daytime hour some days ago."""
    if place < len(OPEN):
        return now - timedelta(minutes=OPEN[place][0])
    day = timezone.localtime(now) - timedelta(days=chance.randint(*DAYS_AGO))
    return day.replace(hour=chance.randint(8, 19), minute=chance.randint(0, 59))


def _tell(
    row: dict[str, str],
    code: Code,
    invention: Invention,
    began: datetime,
    tell: Callable[[Told], None],
) -> None:
    report = Report(
        token=f"demo-{row['text']}",
        place=code.place,
        spot=row["spot"] or code.spot,
        code=code,
        channel=Channel.CODE,
        text=row["text"],
        name=invention.name(),
        phone=invention.phone(),
        is_sealed=sounds_like_accusation(row["text"]),
    )
    file_and_tell(report, began, tell)


def _rows() -> list[dict[str, str]]:
    with (DATA / "reports.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Codes:
    """Codes to report from: the one on the shown door first and often, villages for what
    happens in villages."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        usable = Code.objects.select_related("place", "unit").exclude(state=CodeState.RETIRED)
        usable = usable.filter(batch__opens="")
        self.shown = usable.get(pk=SHOWN_CODE)
        self.by_kind: dict[str, list[Code]] = {}
        for code in usable.filter(place__level=Level.VILLAGE).order_by("code"):
            self.by_kind.setdefault(code.place.kind, []).append(code)

    def fitting(self, row: dict[str, str], *, is_open: bool) -> Code:
        if "村" in row["text"] + row["spot"]:
            return self.chance.choice(self.by_kind[Kind.VILLAGE])
        if is_open or self.chance.random() < SHOWN_SHARE:
            return self.shown
        return self.chance.choice(self.by_kind[Kind.COMMUNITY])
