from django.apps import AppConfig


class GuestsConfig(AppConfig):
    name = "guests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what mail services report (Anymail tells it by a signal of its own)."""
        from anymail.signals import tracking

        from guests.deliveries.receiving import receive

        tracking.connect(receive, dispatch_uid="guests.deliveries")
