"""Who answers for what: units, accounts, dated posts, duty shifts, absences, bound phones."""

from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.core.crypto import blind_index
from mashang.core.fields import EncryptedText
from mashang.people.roles import EXCLUSIVE, Role, clash
from mashang.places.models import Place


class UnitKind(models.TextChoices):
    COMMUNITY = "community", _("村（社区）")
    TOWNSHIP = "township", _("乡镇（街道）")
    CENTRE = "centre", _("综治中心")
    INSPECTION = "inspection", _("督查岗")
    DEPARTMENT = "department", _("部门")
    LEADERSHIP = "leadership", _("领导")
    COUNSEL = "counsel", _("公共法律服务")
    OTHER = "other", _("其他单位")


class Position(models.TextChoices):
    """The rungs of the ladder, lowest first."""

    CADRE = "cadre", _("村（社区）干部")
    COMMISSIONER = "commissioner", _("乡镇（街道）政法委员")
    TOWNSHIP_HEAD = "township_head", _("乡镇（街道）党政主要领导")
    COUNTY_LEADER = "county_leader", _("包联县级领导")
    COUNTY_SECRETARY = "county_secretary", _("县区委政法委书记")
    COUNTY_HEAD = "county_head", _("县区党政主要领导")
    CITY_SECRETARY = "city_secretary", _("市委政法委书记")
    COUNTY_INSPECTION = "county_inspection", _("县区督查岗负责人")
    CITY_INSPECTION = "city_inspection", _("市督查岗负责人")


class Unit(models.Model):
    """An office, committee or department that can be handed a case."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类别"), max_length=12, choices=UnitKind)
    place = models.ForeignKey(Place, models.PROTECT, related_name="units", verbose_name=_("所在地"))
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subunits",
        verbose_name=_("上级单位"),
    )
    is_active = models.BooleanField(_("在用"), default=True)
    # How the name is typed on a keyboard, and the name that was spelled: see people.finding.
    pinyin = models.CharField(max_length=200, blank=True, editable=False)
    initials = models.CharField(max_length=80, blank=True, editable=False)
    spelled = models.CharField(max_length=80, blank=True, editable=False)

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ["code"]
        indexes = [models.Index(fields=["place", "kind"])]

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    def create_user(
        self, username: str, password: str | None = None, **fields: object
    ) -> "Account":
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save()
        return account


class Account(AbstractBaseUser):
    """A person on the staff. What one may do comes from posts, never from flags here."""

    username = models.CharField(_("用户名"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    phone = EncryptedText(_("手机"), blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    is_active = models.BooleanField(_("在用"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = AccountManager()

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.phone_index = blind_index(self.phone) if self.phone else ""
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def is_system_operator(self) -> bool:
        """By today's posts; not for whoever holds another office that excludes it."""
        held = set(self.posts.current().filter(role__in=EXCLUSIVE).values_list("role", flat=True))
        return held == {Role.SYSTEM_OPERATOR}

    # Django's admin asks these of whoever OperatorAdmin.has_permission has let in.
    @property
    def is_staff(self) -> bool:
        return self.is_system_operator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_system_operator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_system_operator


class PostQuerySet(models.QuerySet["Post"]):
    def current(self, day: date | None = None) -> "PostQuerySet":
        day = day or timezone.localdate()
        return self.standing(day).filter(starts_on__lte=day, account__is_active=True)

    def standing(self, day: date | None = None) -> "PostQuerySet":
        """Those that have not ended: today's, and those that are still to begin."""
        day = day or timezone.localdate()
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day))


class Post(models.Model):
    """A person's dated office at a unit: a role, a scope, and perhaps a rung of the ladder."""

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="posts", verbose_name=_("人员")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name=_("单位"))
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    position = models.CharField(_("职级"), max_length=20, choices=Position, blank=True)
    title = models.CharField(_("职务"), max_length=60, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("管辖范围"))
    is_lead = models.BooleanField(_("单位负责人"), default=False)
    starts_on = models.DateField(_("任职"), default=timezone.localdate)
    ends_on = models.DateField(_("离任"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["unit", "id"]
        indexes = [
            models.Index(fields=["position", "place"]),
            models.Index(fields=["unit", "role"]),
        ]

    def __str__(self) -> str:
        return f"{self.account.name} · {self.unit.name} · {self.get_role_display()}"

    def clean(self) -> None:
        """Refuses an end before the beginning, and offices that exclude each other."""
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError(_("离任日期早于任职日期。"))
        if self.account_id is None or self.starts_on is None:
            return  # refused by the fields themselves
        others = Post.objects.filter(account=self.account_id).exclude(pk=self.pk)
        pair = clash([self, *others])
        if pair:
            one, other = (Role(post.role).label for post in pair)
            raise ValidationError(
                _("一个人不能同时是%(one)s和%(other)s。") % {"one": one, "other": other}
            )


EVERY_DAY = "1234567"


class Shift(models.Model):
    """Who is on duty at a unit: on these weekdays, between these hours, within these dates.

    Several may overlap; the lowest `order` is called first. `ends` before `starts` runs past
    midnight; equal times mean the whole day. A dated one is for the one day from which and to
    which it is valid; on a day that has any, the regular ones of the unit do not count.

    Rows are not rewritten: a change ends one and makes another. One counts from `made_at` (None:
    from the beginning of its first day) until `withdrawn_at`, so what was in force at a moment
    can be read for ever.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="shifts", verbose_name=_("单位"))
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="shifts", verbose_name=_("人员")
    )
    weekdays = models.CharField(
        _("星期"), max_length=7, default=EVERY_DAY, help_text=_("1 是星期一")
    )
    starts = models.TimeField(_("从"), default="00:00")
    ends = models.TimeField(_("到"), default="00:00")
    valid_from = models.DateField(_("启用"), default=timezone.localdate)
    valid_to = models.DateField(_("停用"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=1)
    is_dated = models.BooleanField(
        _("专排"), default=False, help_text=_("只排一天，这一天不按固定班；启用和停用写同一天")
    )
    made_at = models.DateTimeField(_("排定"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("撤下"), null=True, blank=True)

    class Meta:
        verbose_name = _("值班")
        verbose_name_plural = _("值班")
        ordering = ["unit", "order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_dated=False) | Q(valid_to__isnull=False, valid_to=F("valid_from")),
                name="dated_shifts_are_for_one_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit.name} {self.account.name}"


class Absence(models.Model):
    """A time in which a person cannot take calls, and who does it instead."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="absences", verbose_name=_("人员")
    )
    deputy = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("代班")
    )
    starts_at = models.DateTimeField(_("从"))
    ends_at = models.DateTimeField(_("到"))

    class Meta:
        verbose_name = _("离岗")
        verbose_name_plural = _("离岗")
        ordering = ["-starts_at"]

    def __str__(self) -> str:
        return f"{self.account.name} {self.starts_at:%F}"


class Device(models.Model):
    """A phone or browser that proved, by a code sent to the number, to be this person's."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="devices", verbose_name=_("人员")
    )
    secret_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(_("停用"), null=True, blank=True)

    class Meta:
        verbose_name = _("已绑定的手机")
        verbose_name_plural = _("已绑定的手机")

    def __str__(self) -> str:
        return f"{self.account.name} {self.created_at:%F}"
