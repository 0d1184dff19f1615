from django.db import migrations, models
from django.db.models.lookups import Exact

MEND = "UPDATE opportunities_opportunity SET details = '{}' WHERE jsonb_typeof(details) <> 'object'"


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0003_form_that_made_it")]

    operations = [
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                name="opportunity_details_object",
                condition=Exact(
                    models.Func("details", function="jsonb_typeof", output_field=models.TextField()), "object"
                ),
            ),
        ),
    ]
