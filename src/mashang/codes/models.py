"""QR codes on doors: each knows its place, its unit, its batch and its state."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.core.ids import new_code
from mashang.people.models import Account, Unit
from mashang.places.models import Place


class BatchKind(models.TextChoices):
    OFFICE = "office", _("办公场所")
    BUILDING = "building", _("居民楼")
    GROUP = "group", _("农户联户")
    STOP = "stop", _("站点")
    VEHICLE = "vehicle", _("车辆")
    OTHER = "other", _("其他")


class CodeState(models.TextChoices):
    ISSUED = "issued", _("已生成")
    POSTED = "posted", _("已张贴")
    LIVE = "live", _("使用中")
    DAMAGED = "damaged", _("破损")
    RETIRED = "retired", _("已停用")
    MOVED = "moved", _("已移走")


# A damaged sign that still scans must still help.
USABLE = (CodeState.ISSUED, CodeState.POSTED, CodeState.LIVE, CodeState.DAMAGED)


class Batch(models.Model):
    """Codes made together, for one printing."""

    name = models.CharField(_("名称"), max_length=80, unique=True)
    kind = models.CharField(_("类别"), max_length=10, choices=BatchKind)
    # The form that opens when one of its codes is scanned, by its code; see codes.opening.
    opens = models.CharField(_("扫码打开"), max_length=30, blank=True)
    created_at = models.DateTimeField(_("生成时间"), default=timezone.now)

    class Meta:
        verbose_name = _("二维码批次")
        verbose_name_plural = _("二维码批次")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class BatchDraft(models.Model):
    """A batch that was planned and looked at, and is not made yet."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=BatchKind)
    opens = models.CharField(max_length=30, blank=True)
    signs = models.JSONField()  # [place code, spot, unit code, name in the second script]
    skipped = models.PositiveIntegerField(default=0)  # spots that have a code already
    made_by = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Code(models.Model):
    """Ten characters on a sign. A unit given here answers instead of the place's own.

    A code whose sign was replaced leads to the one that hangs there now (`replaced_by`, always the
    last of several).
    """

    code = models.CharField(_("编码"), max_length=10, primary_key=True, default=new_code)
    place = models.ForeignKey(Place, models.PROTECT, related_name="codes", verbose_name=_("地点"))
    spot = models.CharField(_("楼栋或位置"), max_length=80, blank=True)
    second_name = models.CharField(
        _("第二种文字的地名"), max_length=120, blank=True, help_text=_("印在牌子上，由本市给出")
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="codes",
        verbose_name=_("承办单位"),
    )
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="codes", verbose_name=_("批次"))
    state = models.CharField(_("状态"), max_length=8, choices=CodeState, default=CodeState.ISSUED)
    state_since = models.DateTimeField(_("状态时间"), default=timezone.now)
    issued_at = models.DateTimeField(_("生成时间"), default=timezone.now, editable=False)
    # When its sign was last printed, with its place's name of that day.
    printed_at = models.DateTimeField(_("最近印刷"), null=True, blank=True, editable=False)
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaced",
        verbose_name=_("换成"),
    )
    # Days, never times: a sign is counted, and nobody's coming and going.
    first_used_on = models.DateField(_("第一次扫"), null=True, blank=True, editable=False)
    last_used_on = models.DateField(_("最近一次扫"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("二维码")
        verbose_name_plural = _("二维码")
        ordering = ["code"]
        indexes = [models.Index(fields=["state", "place"], name="codes_by_state_and_place")]

    def __str__(self) -> str:
        return self.code

    @property
    def is_usable(self) -> bool:
        return self.state in USABLE


class EventKind(models.TextChoices):
    """What may happen to a sign."""

    POSTED = "posted", _("已张贴")
    LIVE = "live", _("第一次有人扫")
    DAMAGED = "damaged", _("报破损")
    MENDED = "mended", _("修好了")
    TAKEN = "taken", _("取下，还没有新位置")
    RELOCATED = "relocated", _("挪了位置")
    REPLACED = "replaced", _("换成新码")
    RETIRED = "retired", _("停用")
    UNIT = "unit", _("换了承办单位")
    TABLE = "table", _("按表格改了")


class CodeEvent(models.Model):
    """Something that happened to a sign: when, by whom, and in words what changed."""

    code = models.ForeignKey(Code, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.code_id} {self.get_kind_display()}"


class Scans(models.Model):
    """How often a sign was scanned on a day. Nothing is kept of who, from where or when."""

    code = models.ForeignKey(Code, models.CASCADE, related_name="scans")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "day"], name="scans_of_a_code_by_day")
        ]

    def __str__(self) -> str:
        return f"{self.code_id} {self.day} {self.count}"


class RunState(models.TextChoices):
    WAITING = "waiting", _("等着生成")
    RUNNING = "running", _("正在生成")
    DONE = "done", _("已生成")
    FAILED = "failed", _("没有生成成")
    STOPPED = "stopped", _("已停下")


class PrintRun(models.Model):
    """An order to print signs as PDF: which, in which design, in which words.

    The worker's child process that has `runner` makes its files one after the other; one that says
    nothing for a while (`beat_at`) has died, and another goes on where it stopped.
    """

    title = models.CharField(max_length=120)
    design = models.CharField(max_length=20)
    words = models.JSONField(default=dict)
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="print_runs"
    )
    ordered_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    ordered_at = models.DateTimeField(default=timezone.now)
    signs = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.WAITING)
    trouble = models.CharField(max_length=300, blank=True)
    runner = models.CharField(max_length=40, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_under_way(self) -> bool:
        return self.state in (RunState.WAITING, RunState.RUNNING)


class PrintFile(models.Model):
    """One file of an order: the signs of a township, or a part of them.

    `codes` was written when it was ordered, so that a file made again holds the same signs.
    """

    run = models.ForeignKey(PrintRun, models.CASCADE, related_name="files")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    codes = models.TextField()  # separated by blanks
    signs = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)  # bytes
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="files_of_a_run_are_numbered")
        ]

    def __str__(self) -> str:
        return self.title
