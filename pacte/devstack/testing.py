"""pytest plugin (-p pacte.devstack.testing): services are up before Django's settings are read."""

import os

from pacte.devstack import services

os.environ.setdefault("DEBUG", "1")
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit what their controller found
    services.supply(prefix="test-")
