from django.db import migrations

# Checked when the transaction ends. The organisation's lock makes two admins who leave at once see each other.
CREATE = """
CREATE FUNCTION membership_keeps_an_admin() RETURNS trigger AS $$
DECLARE organisation bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.organisation_id ELSE OLD.organisation_id END;
BEGIN
    PERFORM 1 FROM accounts_organisation WHERE id = organisation FOR UPDATE;
    IF EXISTS (SELECT 1 FROM accounts_membership WHERE organisation_id = organisation AND ended_at IS NULL)
       AND NOT EXISTS (
           SELECT 1 FROM accounts_membership
           WHERE organisation_id = organisation AND ended_at IS NULL AND role = 'admin')
    THEN
        RAISE EXCEPTION 'organisation % would have members and no admin', organisation
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_keeps_an_admin';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE CONSTRAINT TRIGGER membership_keeps_an_admin
    AFTER INSERT OR UPDATE OR DELETE ON accounts_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION membership_keeps_an_admin();
"""
DROP = """
DROP TRIGGER membership_keeps_an_admin ON accounts_membership;
DROP FUNCTION membership_keeps_an_admin();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
