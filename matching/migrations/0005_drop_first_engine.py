from django.db import migrations


class Migration(migrations.Migration):
    """Matches are computed: those of the first engine go, and the next one makes its own."""

    dependencies = [("matching", "0004_decisions")]

    operations = [migrations.DeleteModel("Match"), migrations.DeleteModel("Scored"), migrations.DeleteModel("Corpus")]
