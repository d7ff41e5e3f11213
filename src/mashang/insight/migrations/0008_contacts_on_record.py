from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('insight', '0007_contacts_proved'),
    ]

    operations = [
        migrations.AlterField(
            model_name='fact',
            name='contact_proof',
            field=models.CharField(blank=True, choices=[('claimed', '只有单位登记'), ('proved', '诉求人确认接到'), ('record', '通话记录证明'), ('denied', '诉求人说没接到')], max_length=7),
        ),
    ]
