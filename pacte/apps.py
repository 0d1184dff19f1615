from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PacteConfig(AppConfig):
    """Roof and ground: commands and template tags, no tables."""

    name = "pacte"

    def ready(self) -> None:
        from pacte.celery import app  # shared tasks bind to it, in web processes too

        app.set_default()


class BackOfficeConfig(AdminConfig):
    """Stock Django admin on our own site object."""

    default_site = "pacte.backoffice.BackOffice"
