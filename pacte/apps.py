from django.apps import AppConfig


class PacteConfig(AppConfig):
    """Roof and ground: commands and template tags, no tables."""

    name = "pacte"

    def ready(self) -> None:
        from pacte.celery import app  # shared tasks bind to it, in web processes too

        app.set_default()
