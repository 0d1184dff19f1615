from importlib import import_module

from django.db import migrations

BEFORE = import_module("accounts.migrations.0002_membership_keeps_an_admin").CREATE.partition("CREATE CONSTRAINT")[0]
# A membership that moves concerns two organisations: the one it leaves and the one it joins, always in the same order.
FUNCTION = """
CREATE OR REPLACE FUNCTION membership_keeps_an_admin() RETURNS trigger AS $$
DECLARE organisation bigint;
BEGIN
    FOR organisation IN
        SELECT DISTINCT concerned
        FROM unnest(ARRAY[
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.organisation_id END,
            CASE WHEN TG_OP <> 'DELETE' THEN NEW.organisation_id END]) AS concerned
        WHERE concerned IS NOT NULL
        ORDER BY concerned
    LOOP
        PERFORM 1 FROM accounts_organisation WHERE id = organisation FOR UPDATE;
        IF EXISTS (SELECT 1 FROM accounts_membership WHERE organisation_id = organisation AND ended_at IS NULL)
           AND NOT EXISTS (
               SELECT 1 FROM accounts_membership
               WHERE organisation_id = organisation AND ended_at IS NULL AND role = 'admin')
        THEN
            RAISE EXCEPTION 'organisation % would have members and no admin', organisation
                USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_keeps_an_admin';
        END IF;
    END LOOP;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_membership_keeps_an_admin")]

    operations = [migrations.RunSQL(FUNCTION, BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))]
