"""What a date alone changes of a company: certificates that expire, and a profile that grows a year older."""

from datetime import date, timedelta

from django.db import connection

LATE = 3  # days that the bell may have been silent; noted again, a company packs to the same row
DUE = """
    INSERT INTO accounts_profilechange (organisation_id)
    SELECT p.organisation_id FROM accounts_smeprofile p
    WHERE EXISTS (
        SELECT FROM accounts_certificate c
        WHERE c.profile_id = p.id AND c.expires_on >= %(since)s AND c.expires_on < %(today)s
    ) OR (
        (%(today)s - coalesce(p.confirmed_at, p.updated_at)::date) >= 365
        AND (%(today)s - coalesce(p.confirmed_at, p.updated_at)::date) %% 365 < %(late)s
    )
"""


def note(today: date) -> int:
    """Have companies looked at again whose figures may differ from yesterday's; how many."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"today": today, "since": today - timedelta(days=LATE), "late": LATE})
        noted: int = cursor.rowcount
    return noted
