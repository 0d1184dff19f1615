from django.db import migrations
from django.utils import timezone


def put_in_force(apps, schema_editor):
    """Where nobody has chosen other weights: room for those who were hardly proposed lately."""
    version = apps.get_model("matching", "WeightsVersion")
    before = version.objects.filter(version="hand-2", state="active").first()
    if before is None:
        return
    version.objects.filter(pk=before.pk).update(state="former")
    version.objects.create(
        version="hand-3", state="active", weights={**before.weights, "exposure": 0.16}, strong=before.strong,
        good=before.good, trade=before.trade, parent=before, origin="hand", activated_at=timezone.now(),
        note="Une place pour les entreprises peu proposées ces derniers temps ; le reste comme avant.",
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("matching", "0010_answer_ladder")]

    operations = [migrations.RunPython(put_in_force, migrations.RunPython.noop)]
