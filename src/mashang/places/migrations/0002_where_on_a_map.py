from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("places", "0001_initial")]

    operations = [
        migrations.AddField(
            "place", "longitude", models.FloatField("经度", blank=True, null=True)
        ),
        migrations.AddField(
            "place", "latitude", models.FloatField("纬度", blank=True, null=True)
        ),
    ]
