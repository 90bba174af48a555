"""The statements of the commit point, each written once (see `guests.compiled`)."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import (
    BigAutoField,
    BinaryField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models import PositiveIntegerField as NumberField
from django.db.models.functions import Coalesce

from guests.compiled import Both, Select, Slot, Update
from guests.models import Address, OutgoingEmail, State
from parties.words import HOST_KINDS, Kind

_PK = Slot("pk", BigAutoField())
_NOW = Slot("now", DateTimeField())
# Every mail asks these.
LOCK_HOME: Select[OutgoingEmail] = Select(
    lambda: (
        OutgoingEmail.objects.filter(pk=_PK)
        # true of every row, and says that both are there: PostgreSQL locks no other joins
        .filter(invitation__version__gte=0, address__email__gt="")
        .select_related("invitation", "address")
        .only("pk", "invitation", "address")
        .select_for_update(of=("invitation", "address"))
        .order_by()
    )
)
# How many reminders of its party the address of a reminder got besides it, as `judge.reminders_to`.
_REMINDED = Case(
    When(
        kind=Kind.REMINDER.value,
        then=Coalesce(
            Subquery(
                OutgoingEmail.objects.reached()
                .reminders()
                .filter(address=OuterRef("address"), party=OuterRef("party"))
                .exclude(pk=OuterRef("pk"))
                .order_by()
                .values("party")
                .annotate(times=Count("pk"))
                .values("times")
            ),
            0,
        ),
    ),
    default=0,
)
# Whether nothing has reached the contact besides it, as `limits.is_new`. A reminder follows on an
# invitation that did.
_NEW = Case(
    When(kind__in=sorted({Kind.REMINDER.value, *HOST_KINDS}), then=Value(False)),
    default=~Exists(
        OutgoingEmail.objects.reached()
        .filter(contact=OuterRef("contact"))
        .exclude(pk=OuterRef("pk"))
    ),
)
# The account of the party's host.
_HOST = {
    "host_joined": F("party__host__date_joined"),
    "host_active": F("party__host__is_active"),
    "host_paused_at": F("party__host__paused_at"),
    "host_verified": Exists(
        EmailAddress.objects.filter(user=OuterRef("party__host"), verified=True)
    ),
}
# Party, contact and rule are read by this statement and not by one that waited for a lock:
# PostgreSQL would show them as they were before the wait.
LOCK_MAIL: Select[OutgoingEmail] = Select(
    lambda: (
        OutgoingEmail.objects.select_for_update(of=("self",))
        .select_related("party", "contact", "rule")
        .defer("body")
        .annotate(reminded=_REMINDED, is_new=_NEW, **_HOST)
        .filter(pk=_PK)
        .order_by()
    )
)
# One of the three that an address gets in a day (`guests.limits`).
_ONE_MORE: dict[str, Any] = {
    "third_last_mail_at": F("second_last_mail_at"),
    "second_last_mail_at": F("last_mail_at"),
    "last_mail_at": _NOW,
}
_COUNT = Update(lambda: Address.objects.filter(pk=Slot("address", BigAutoField())), **_ONE_MORE)
_STAMP = Update(
    lambda: Address.objects.filter(pk=Slot("address", BigAutoField())),
    last_plan_mail_at=_NOW,
    **_ONE_MORE,
)
_HANDED: dict[str, Any] = {
    "state": State.HANDING,
    "handed_at": _NOW,
    "reason": "",
    "composed_at": Slot("composed_at", DateTimeField()),
    "body_sha256": Slot("sha256", CharField()),
    "revision": Slot("revision", NumberField()),
}
HAND = Update(lambda: OutgoingEmail.objects.filter(pk=_PK).order_by(), **_HANDED)
HAND_AND_KEEP = Update(
    lambda: OutgoingEmail.objects.filter(pk=_PK).order_by(),
    **_HANDED,
    body=Slot("body", BinaryField()),
)
STAMP_AND_HAND = Both(_STAMP, HAND)
COUNT_AND_HAND = Both(_COUNT, HAND)
COUNT_AND_HAND_AND_KEEP = Both(_COUNT, HAND_AND_KEEP)
