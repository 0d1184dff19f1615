"""Portages accepted before their introductions had a state: the next sweep gives each its mail's fate."""

from django.db import migrations

INSERT = """
    INSERT INTO matching_portageintroduction (answer_id, state, word, created_at)
    SELECT id, 'pending', '', decided_at FROM matching_portageanswer
    WHERE state = 'accepted' AND decided_at IS NOT NULL
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("matching", "0026_portage_introductions_and_sponsors")]

    operations = [migrations.RunSQL(INSERT, migrations.RunSQL.noop, elidable=True)]
