"""Production's way of working with beat in a hurry: the test does not wait a minute for each sweep."""

from pacte.settings import *  # noqa: F403

CELERY_BEAT_SCHEDULE = {
    "deliver-due-mail": {"task": "accounts.tasks.deliver_due", "schedule": 2},
    "settle-introductions": {"task": "matching.tasks.settle_introductions", "schedule": 2},
    "refresh-matches": {"task": "matching.tasks.refresh_due", "schedule": 2, "options": {"expires": 2}},
    "resume-imports": {"task": "accounts.tasks.resume_imports", "schedule": 2, "options": {"expires": 2}},
    "score-portage": {"task": "matching.tasks.score_portage", "schedule": 2, "options": {"expires": 2}},
}
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {"visibility_timeout": 20}  # noqa: F405
EMAIL_TIMEOUT = 3
IMPORTS_STALLED = 3
MATCHING_TOP_K = env.int("TOP_K", default=MATCHING_TOP_K)  # noqa: F405
MATCHING_SNAPSHOTS = env.str("APP_VAR") + "/matching"  # noqa: F405
DATABASES["default"]["TEST"] = {"TEMPLATE": "app"}  # noqa: F405 (a benchmark's own begins as a copy of the town's)
