from django.db import migrations
from django.utils import timezone


def put_in_force(apps, schema_editor):
    """The weights in force, with what the two new criteria are worth: where neither is asked nothing changes."""
    version = apps.get_model("matching", "WeightsVersion")
    before = version.objects.filter(state="active").first()
    if before is None or "volume" in before.weights:
        return
    version.objects.filter(pk=before.pk).update(state="former")
    version.objects.create(
        version="hand-4", state="active", weights={**before.weights, "sectors": 0.3, "volume": 0.15},
        strong=before.strong, good=before.good, trade=before.trade, parent=before, origin="hand",
        activated_at=timezone.now(),
        note="Deux critères que le groupe peut demander : le secteur et le montant livrable ; le reste comme avant.",
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("matching", "0033_what_else_hid_it")]

    operations = [migrations.RunPython(put_in_force, migrations.RunPython.noop)]
