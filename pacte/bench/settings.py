from pacte.settings import *  # noqa: F403

ROOT_URLCONF = "pacte.bench.urls"
