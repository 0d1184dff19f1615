from django.db import migrations

# An SME that staff brought in takes part in matching as soon as somebody acts for it, and no longer once nobody does.
CREATE = """
CREATE FUNCTION membership_notes_a_claim() RETURNS trigger AS $$
BEGIN
    INSERT INTO accounts_profilechange (organisation_id)
    SELECT id FROM accounts_organisation
    WHERE id = NEW.organisation_id AND kind = 'sme' AND registry_status = 'not_asked';
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER membership_notes_a_claim
    AFTER INSERT OR UPDATE OF ended_at ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION membership_notes_a_claim();
"""
DROP = """
DROP TRIGGER membership_notes_a_claim ON accounts_membership;
DROP FUNCTION membership_notes_a_claim();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0016_imports'),
    ]

    operations = [
        migrations.RunSQL(CREATE, DROP),
    ]
