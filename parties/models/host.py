from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class HostManager(BaseUserManager["Host"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> Host:
        host = self.model(email=self.normalize_email(email).lower(), **extra)
        host.set_password(password)
        host.save(using=self._db)
        return host

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> Host:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> Host:
        return self.get(email=(username or "").lower())


class Host(AbstractBaseUser, PermissionsMixin):
    """The adult who makes the party, and the only one with an account. The address is the name.

    `paused_at`: several people who got mail did not know this host; nothing goes to families until
    an operator has looked (UTC).
    """

    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("first name"), max_length=50, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True)

    objects: ClassVar[HostManager] = HostManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="host_email_once")]

    def __str__(self) -> str:
        return f"Host {self.pk}"
