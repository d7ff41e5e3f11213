from django.db import migrations
from django.db.models import OuterRef, Subquery


def backfill(apps, schema_editor):
    """What was made before its day was written down was made with its batch."""
    codes = apps.get_model("codes", "Code").objects
    batches = apps.get_model("codes", "Batch").objects
    made = batches.filter(pk=OuterRef("batch_id")).values("created_at")[:1]
    codes.update(issued_at=Subquery(made))


class Migration(migrations.Migration):

    dependencies = [
        ('codes', '0003_lives_of_signs'),
    ]

    operations = [
        migrations.RunPython(backfill, migrations.RunPython.noop),
    ]
