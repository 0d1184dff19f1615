from django.db import migrations, models
from django.db.models import OuterRef, Subquery

BATCH = 5_000


def keep_what_stands(apps, schema_editor):
    """What was sent before this column is held to the promise of today."""
    Application, Opportunity = (
        apps.get_model(*one) for one in [("matching", "Application"), ("opportunities", "Opportunity")]
    )
    stands = Opportunity.objects.filter(pk=OuterRef("opportunity")).values("answer_by")
    sent = Application.objects.filter(sent_at__isnull=False, promised_by=None, opportunity__answer_by__isnull=False)
    while batch := list(sent.values_list("pk", flat=True)[:BATCH]):
        Application.objects.filter(pk__in=batch).update(promised_by=Subquery(stands))


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0028_visits_and_bell"),
        ("opportunities", "0013_tender_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="promised_by",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="réponse promise à l'envoi"),
        ),
        migrations.RunPython(keep_what_stands, migrations.RunPython.noop, elidable=True),
    ]
