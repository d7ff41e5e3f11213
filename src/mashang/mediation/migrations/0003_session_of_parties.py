from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the copying before: PostgreSQL alters no table whose rows it still has to check."""

    dependencies = [("mediation", "0002_several_parties")]

    operations = [migrations.RemoveField("session", "side")]
