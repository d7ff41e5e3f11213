"""What is learned from words: models of categories, and topics that many report."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.people.models import Account


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


class Topic(models.Model):
    """Reports about the same thing. `terms` are pairs of characters with weights, and no text;
    what the topic is called is read from the words of a case that the reader may see.

    `lead` is the case that the others were merged into, once somebody took the topic up.
    """

    place = models.CharField(max_length=15)  # of the first report
    terms = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    lead = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="led_topics")
    taken_up_at = models.DateTimeField(null=True, blank=True)
    taken_up_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("热点")
        verbose_name_plural = _("热点")
        default_permissions = ()
        indexes = [models.Index(fields=["last_at"])]

    def __str__(self) -> str:
        return f"{self.pk}"


class PublicTopic(models.Model):
    """What residents read of a topic: a title and what became of it, in words that staff wrote.
    Nothing of a report is in it. Withdrawn ones stay as rows."""

    topic = models.OneToOneField(Topic, models.PROTECT, related_name="public")
    title = models.CharField(_("标题"), max_length=40)
    words = models.CharField(_("办得怎么样"), max_length=600)
    place = models.CharField(_("地点"), max_length=200)
    count = models.PositiveIntegerField(_("几件反映"))
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("公开的热点")
        verbose_name_plural = _("公开的热点")
        default_permissions = ()
        indexes = [models.Index(fields=["-published_at"])]

    def __str__(self) -> str:
        return self.title


class TopicMember(models.Model):
    """A case that was looked at, and the topic that it belongs to: none where it has hardly any
    words. Complaints about cadres and confidential matters are in no topic."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="topic_member")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, related_name="members")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id} in {self.topic_id}"


class TopicsState(models.Model):
    """One row, held locked by the worker that puts reports into topics."""

    THE_ONE = 1

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "topics"
