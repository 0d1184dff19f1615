"""Which organisations may be one: close names at one postcode, or one web site. Groups, few, by their names alone."""

from django.db import connection

LIKE = 0.7  # of trigrams, once accents and legal forms are gone; at 0.6 « Cap Fret » meets « Cap Formation »
# A pair that staff said are two is there already, and stays as they said.
FIND = r"""
WITH plain AS (
    SELECT id, kind, postcode,
        trim(regexp_replace(unaccent(lower(name)),
            '\m(sas|sasu|sarl|eurl|sa|sci|snc|scop|ste|societe|etablissements|ets)\M|[^a-z0-9]+', ' ', 'g')) AS name,
        lower(substring(website from '^https?://(?:www\.)?([^/:?#]+)')) AS site
    FROM accounts_organisation WHERE state NOT IN ('refused', 'closed')
)
INSERT INTO accounts_double (first_id, second_id, why, state, found_at)
SELECT DISTINCT ON (first_id, second_id) first_id, second_id, why, 'waiting', now() FROM (
    SELECT a.id AS first_id, b.id AS second_id, 'name' AS why
    FROM plain a JOIN plain b ON a.kind = b.kind AND a.id < b.id AND a.postcode = b.postcode
    WHERE (a.postcode <> '' OR a.kind = 'group') AND a.name <> '' AND similarity(a.name, b.name) > %(like)s
    UNION ALL
    SELECT a.id, b.id, 'website'
    FROM plain a JOIN plain b ON a.kind = b.kind AND a.id < b.id AND a.site = b.site WHERE a.site <> ''
) AS found ORDER BY first_id, second_id, why
ON CONFLICT DO NOTHING
"""


def find() -> int:
    """Note the pairs that are new; answers how many. Twice notes nothing twice."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"like": LIKE})
        return int(cursor.rowcount)
