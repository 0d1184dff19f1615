#!/usr/bin/env python
"""Django's commands. In development (DEBUG set, or nothing configured) they bring PostgreSQL and Valkey along."""

import os
import sys

from django.core.management import execute_from_command_line


def development() -> bool:
    """Is this a developer's or a demo's machine? DEBUG says so, or the absence of any configuration."""
    if debug := os.environ.get("DEBUG"):
        return debug.lower() in {"1", "true", "yes", "on", "y", "ok"}
    return not {"SECRET_KEY", "DATABASE_URL"} & set(os.environ)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacte.settings")
    if development():
        from pacte.devstack import services

        os.environ["DEBUG"] = "1"
        services.supply(wanted=not {"help", "--help", "-h", "--version", "collectstatic"} & set(sys.argv[1:3]))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
