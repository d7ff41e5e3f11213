"""What is learned from words: models of categories."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CategoryModel(models.Model):
    """A trained model, one version a row; the newest that can be read is in use.

    A row is written whole or not at all, so a training that is interrupted leaves the one before
    in use. It holds weights of runs of characters and no text of anybody's.
    """

    made_at = models.DateTimeField(_("训练时间"), default=timezone.now)
    examples = models.PositiveIntegerField(_("用了多少件"))
    macro_f1 = models.FloatField(_("宏平均 F1"))
    report = models.JSONField(_("交叉验证"), default=dict)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("类别模型")
        verbose_name_plural = _("类别模型")
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk} {self.made_at:%F}"
