"""How much attention of groups each company has had lately: what two bounded criteria of the score read, and a cap.

Counted once a day over the last week, so that a score does not move from hour to hour.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from matching.models import Exposure, Side

DAYS = 7
LEVELS = 4  # quarters of the weekly cap
COUNT = """
    DROP TABLE IF EXISTS attention_now;
    CREATE TEMPORARY TABLE attention_now ON COMMIT DROP AS
    SELECT company_id, bool_or(met) AS introduced,
           least(%(levels)s, floor(%(levels)s * sum(times) / %(cap)s))::smallint AS congestion
    FROM (
        SELECT company_id, count(DISTINCT opportunity_id) AS times, false AS met
        FROM matching_exposure WHERE day > %(since)s AND side = 'group' GROUP BY company_id
        UNION ALL
        SELECT company_id, count(*), false FROM matching_standing WHERE proposed_at > %(since)s GROUP BY company_id
        UNION ALL
        SELECT a.company_id, 0, true
        FROM matching_introduction i JOIN matching_application a ON a.id = i.application_id
        WHERE i.state = 'sent' GROUP BY a.company_id
        UNION ALL
        SELECT r.company_id, 0, true
        FROM matching_portageanswer p JOIN matching_portagerequest r ON r.id = p.request_id
        JOIN accounts_email e ON e.id = p.email_id WHERE e.state = 'sent' GROUP BY r.company_id
    ) seen GROUP BY company_id
"""
KEEP = """
    WITH changed AS (
        INSERT INTO matching_attention AS old (company_id, congestion, introduced, at)
        SELECT company_id, congestion, introduced, now() FROM attention_now WHERE congestion > 0 OR introduced
        ON CONFLICT (company_id) DO UPDATE
        SET (congestion, introduced, at) = (excluded.congestion, excluded.introduced, excluded.at)
        WHERE (old.congestion, old.introduced) <> (excluded.congestion, excluded.introduced)
        RETURNING company_id
    ), calm AS (
        DELETE FROM matching_attention old WHERE NOT EXISTS (
            SELECT FROM attention_now now
            WHERE now.company_id = old.company_id AND (now.congestion > 0 OR now.introduced)
        )
        RETURNING company_id
    )
    UPDATE accounts_smeprofile SET revision = revision + 1
    WHERE organisation_id IN (SELECT company_id FROM changed UNION ALL SELECT company_id FROM calm)
"""


def count_attention() -> int:
    """Count again; how many companies changed. Twice, or by two workers at once, it does the same."""
    values: dict[str, Any] = {
        "levels": LEVELS,
        "cap": settings.MATCHING_WEEKLY_CAP,
        "since": timezone.localdate() - timedelta(days=DAYS),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE matching_attention IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(COUNT, values)
        cursor.execute(KEEP)
        changed: int = cursor.rowcount
    return changed


def over_cap(companies: list[int]) -> set[int]:
    """Those that were shown to groups so often this week that the platform puts them forward no more."""
    since = timezone.localdate() - timedelta(days=DAYS)
    seen = Exposure.objects.filter(company__in=companies, side=Side.GROUP, day__gt=since)
    counts: dict[int, set[int]] = {}
    for company, opportunity in seen.values_list("company", "opportunity").distinct():
        counts.setdefault(company, set()).add(opportunity)
    return {company for company, found in counts.items() if len(found) >= settings.MATCHING_WEEKLY_CAP}
