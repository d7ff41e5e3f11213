from django.db import migrations, models

import mashang.core.fields


def with_whom(apps, schema_editor):
    """Minutes with one side were with its one party."""
    Session = apps.get_model("mediation", "Session")
    Party = apps.get_model("mediation", "Party")
    for session in Session.objects.exclude(side="").iterator():
        session.parties.set(Party.objects.filter(case=session.case_id, side=session.side))


class Migration(migrations.Migration):

    dependencies = [("mediation", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("party", "one_party_a_side"),
        migrations.AlterModelOptions(
            "party",
            {"ordering": ["side", "pk"], "verbose_name": "当事人", "verbose_name_plural": "当事人"},
        ),
        migrations.AddField(
            "party", "agent", mashang.core.fields.EncryptedText(default="", verbose_name="代理人")
        ),
        migrations.AddField(
            "party", "agent_phone",
            mashang.core.fields.EncryptedText(default="", verbose_name="代理人电话"),
        ),
        migrations.AddField(
            "party", "agent_as",
            models.CharField(
                blank=True, max_length=10, verbose_name="代理的身份",
                choices=[("guardian", "法定代理人（监护人）"), ("authorised", "委托代理人")],
                default="",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "party", "agent_basis",
            mashang.core.fields.EncryptedText(default="", verbose_name="看过的证明或委托书"),
        ),
        migrations.AddField(
            "party", "agent_may_sign",
            models.BooleanField(default=False, verbose_name="可以代签协议"),
        ),
        migrations.AddField(
            "party", "agent_checked_at",
            models.DateTimeField(blank=True, null=True, verbose_name="核对时间"),
        ),
        migrations.AddField(
            "party", "left_at",
            models.DateTimeField(blank=True, null=True, verbose_name="退出时间"),
        ),
        migrations.AlterField(
            "mediation", "topic",
            models.CharField(blank=True, max_length=120, verbose_name="纠纷（各方都看到）"),
        ),
        migrations.AlterField(
            "statement", "is_shared",
            models.BooleanField(default=False, verbose_name="其他当事人也能看到"),
        ),
        migrations.AddField(
            "session", "parties",
            models.ManyToManyField(
                related_name="+", to="mediation.party", verbose_name="和谁谈"
            ),
        ),
        migrations.RunPython(with_whom, migrations.RunPython.noop),
    ]
