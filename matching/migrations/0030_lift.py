import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_doubles'),
        ('matching', '0029_promised_by'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Lift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='motif')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date')),
                ('until', models.DateField(verbose_name="jusqu'au")),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation', verbose_name='groupe')),
            ],
            options={
                'verbose_name': 'dépôt permis malgré des réponses en retard',
                'verbose_name_plural': 'dépôts permis malgré des réponses en retard',
                'ordering': ['-at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='lift_with_reason')],
            },
        ),
    ]
