"""Where things happen: divisions down to grids, buildings and groups of households."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    PREFECTURE = "prefecture", _("地级市")
    COUNTY = "county", _("县区")
    TOWNSHIP = "township", _("乡镇街道")
    VILLAGE = "village", _("村社区")
    GRID = "grid", _("网格")
    BUILDING = "building", _("楼栋")
    GROUP = "group", _("联户")


class Kind(models.TextChoices):
    CITY = "city", _("地级市")
    DISTRICT = "district", _("市辖区")
    COUNTY = "county", _("县")
    SUBDISTRICT = "subdistrict", _("街道")
    TOWN = "town", _("镇")
    TOWNSHIP = "township", _("乡")
    COMMUNITY = "community", _("社区")
    VILLAGE = "village", _("村")
    OTHER = "other", _("其他")


def subtree(code: str, *, field: str = "code") -> Q:
    """The rows whose place code lies in `code`: a range of digits, the same in every collation."""
    after = str(int(code) + 1).zfill(len(code))
    return Q(**{f"{field}__gte": code, f"{field}__lt": after})


# How many digits the codes of prefectures, counties, townships and villages have.
DIVISION_DIGITS = (4, 6, 9, 12)
TOWNSHIP_DIGITS = 9
GRID_DIGITS = 15
ABOVE_DIGITS = (*DIVISION_DIGITS, GRID_DIGITS)  # of all that something else lies in


def ancestors(code: str) -> list[str]:
    """The codes of the divisions and the grid above and at `code`, widest first: 6204, 620402, …"""
    return [code[:digits] for digits in ABOVE_DIGITS if len(code) > digits] + [code]


class PlaceQuerySet(models.QuerySet["Place"]):
    def inside(self, code: str) -> "PlaceQuerySet":
        return self.filter(subtree(code))

    def current(self, day: date) -> "PlaceQuerySet":
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Place(models.Model):
    """A place by its statistical code without the zeros behind: 6204, 620402, 620402004007.

    A place's code begins with its parent's. Grids add three digits, buildings and groups of
    households add more; so a subtree is a range of codes.
    """

    code = models.CharField(_("代码"), max_length=24, primary_key=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级"),
    )
    level = models.CharField(_("层级"), max_length=12, choices=Level)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    name = models.CharField(_("名称"), max_length=80)
    full_name = models.CharField(_("全称"), max_length=200)
    pinyin = models.CharField(_("拼音"), max_length=200, db_index=True)
    initials = models.CharField(_("拼音首字母"), max_length=80, db_index=True)
    valid_from = models.DateField(_("启用"), default=date(2000, 1, 1))
    valid_to = models.DateField(_("停用"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("并入"),
    )

    # Of its middle in WGS-84 (CGCS2000 is the same within a metre); most places have none.
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("地点")
        verbose_name_plural = _("地点")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.full_name

    @property
    def division_code(self) -> str:
        """The code as official tables write it: twelve digits, zeros behind."""
        return self.code.ljust(12, "0")


class FormerName(models.Model):
    """A name that a place bore until a day; old names stay findable."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="former_names")
    name = models.CharField(_("曾用名"), max_length=80, db_index=True)
    until = models.DateField(_("用至"))

    class Meta:
        verbose_name = _("曾用名")
        verbose_name_plural = _("曾用名")
        ordering = ["until"]

    def __str__(self) -> str:
        return f"{self.name} → {self.place.name}"
