"""A company that had withdrawn its application, or its agreement, no longer lets the group keep that file."""

from django.db import migrations

END = """
    UPDATE matching_keeping AS kept SET ended_at = now()
    FROM matching_application AS its
    LEFT JOIN matching_introduction AS introduction ON introduction.application_id = its.id
    WHERE its.id = kept.application_id AND kept.ended_at IS NULL
    AND (its.state = 'withdrawn' OR introduction.consent_withdrawn_at IS NOT NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("matching", "0037_portage_outcomes")]

    operations = [migrations.RunSQL(END, migrations.RunSQL.noop, elidable=True)]
