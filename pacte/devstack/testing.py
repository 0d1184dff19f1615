"""pytest plugin (-p pacte.devstack.testing): all that tests need is there before Django's settings are read."""

import os

from pacte.devstack import fonts, messages, migrated, services

os.environ.setdefault("DEBUG", "1")
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit what their controller found
    messages.compile_all()
    fonts.build()
    services.supply(prefix="test-")
    os.environ["TEST_TEMPLATE"] = migrated.template(os.environ["DATABASE_URL"])
