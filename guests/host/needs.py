"""What needs the host today, in the order in which it matters, each with something to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.deliveries.truth import RETURNED
from guests.host.held import Held, held
from guests.host.overview import Overview, Trouble
from guests.host.reach import HomeLine, Stand
from guests.host.saying import lost_words
from guests.lists import display_email
from guests.models import Contact, Fate, State
from guests.reasons import Reason, in_words
from guests.wording import join_names
from parties.schedule import notice_days

# So many of one kind are listed by name; the rest is one tap away.
SHOWN = 10
# With less notice than this many days the call list comes at once (design, section 5).
SHORT_NOTICE = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One home that needs something: what is known, and the button that helps."""

    name: str
    words: str
    button: str
    href: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Homes that need the same. `more` is how many are not listed, `all_href` where they are."""

    heading: str
    words: str
    items: tuple[Item, ...] = ()
    more: int = 0
    all_href: str = ""
    button: str = ""
    href: str = ""


def needs_of(view: Overview, *, alarmed: bool = False) -> list[Need]:
    """Everything that waits for the host; nothing once the party is over.

    `alarmed`: the alarm above it leads to the call list already.
    """
    if view.party.is_over(view.now):
        return []
    kept_back = [_held(view, one) for one in held(view)]
    if view.party.is_cancelled:
        return kept_back
    found = (
        _disputed(view),
        _to_confirm(view),
        None if alarmed else _to_call(view),
        _lost(view),
        _troubled(view),
        _new(view),
    )
    return [need for need in found if need is not None] + kept_back


def _held(view: Overview, one: Held) -> Need:
    """What a limit keeps back; the homes are named where somebody has to call them."""
    items = tuple(_item(view, home, home.adults, _("See this home"), "") for home in one.homes)
    shown = items[:SHOWN] if one.lost else ()
    return Need(
        heading=one.heading,
        words=one.words,
        items=shown,
        more=len(items) - len(shown) if one.lost else 0,
        all_href=reverse("party", args=[view.party.pk]) + "#homes",
    )


def _disputed(view: Overview) -> Need | None:
    homes = view.standing(Stand.DISPUTED)
    return _need(
        view,
        homes,
        heading=ngettext("%(n)d home gave two answers", "%(n)d homes gave two answers", len(homes)),
        words=_(
            "Two grown-ups answered, and not the same. Please ask them, and tap what is right."
        ),
        items=(_item(view, home, home.adults, _("Settle it"), "#answer") for home in homes),
        show=Stand.DISPUTED,
    )


def _to_confirm(view: Overview) -> Need | None:
    homes = view.to_confirm
    return _need(
        view,
        homes,
        heading=ngettext(
            "%(n)d home has not confirmed the new plan",
            "%(n)d homes have not confirmed the new plan",
            len(homes),
        ),
        words=_("They answered before you changed it. We asked them by mail; a call is quicker."),
        items=(
            _item(view, home, home.adults, _("Enter their answer"), "#answer") for home in homes
        ),
    )


def _to_call(view: Overview) -> Need | None:
    """Silent homes from which mail brings no answer any more, or not soon enough (design, 5)."""
    silent = view.standing(Stand.SILENT)
    late = [home for home in silent if _reply_by_is_over(home, view)]
    homes = late or [home for home in silent if _is_short_notice(home)]
    if not homes:
        return None
    heading = ngettext("%(n)d home is still silent", "%(n)d homes are still silent", len(homes))
    return Need(
        heading=heading % {"n": len(homes)},
        words=_("Your reply-by day is over, so a call is quickest.")
        if late
        else _("There is not much time, so a call is quickest."),
        button=_("Call list"),
        href=reverse("calls", args=[view.party.pk]),
    )


def _reply_by_is_over(home: HomeLine, view: Overview) -> bool:
    reply_by_at = home.invitation.reply_by_at
    return reply_by_at is not None and reply_by_at <= view.now


def _is_short_notice(home: HomeLine) -> bool:
    invited_at, reply_by_at = home.invitation.invited_at, home.invitation.reply_by_at
    if invited_at is None or reply_by_at is None:
        return False
    return notice_days(invited_at, reply_by_at) < SHORT_NOTICE


def _lost(view: Overview) -> Need | None:
    homes = view.standing(Stand.LOST)
    return _need(
        view,
        homes,
        heading=ngettext("%(n)d home was not reached", "%(n)d homes were not reached", len(homes)),
        words=_("They may not know about the party, so this is the best place to start."),
        items=(_lost_item(view, home) for home in homes),
        show=Stand.LOST,
    )


def _lost_item(view: Overview, home: HomeLine) -> Item:
    written = next((one for one in home.contacts if one.address is not None), None)
    if written is None:
        return _item(view, home, lost_words(home.lost_why), _("Share their link"), "#link")
    return _address_item(view, home, written, lost_words(home.lost_why))


def _address_item(view: Overview, home: HomeLine, contact: Contact, words: str) -> Item:
    anchor = f"?correct={contact.pk}#contact{contact.pk}"
    words = f"{words} {display_email(contact.email_as_typed)}"
    return _item(view, home, words, _("Fix the address"), anchor)


def _troubled(view: Overview) -> Need | None:
    return _need(
        view,
        view.troubles,
        heading=ngettext("%(n)d mail got stuck", "%(n)d mails got stuck", len(view.troubles)),
        words=_("We do not send these again by ourselves."),
        items=(_trouble_item(view, trouble) for trouble in view.troubles),
    )


def _trouble_item(view: Overview, trouble: Trouble) -> Item:
    contact = trouble.contact
    refuses = contact.address.refuses if contact.address is not None else ""
    if refuses in (Reason.BOUNCED, Reason.COMPLAINED):
        return _address_item(view, trouble.home, contact, lost_words(refuses))
    if trouble.mail.fate in RETURNED:
        why = Reason.REFUSED if trouble.mail.fate == Fate.POLICY else Reason.CAME_BACK
        return _address_item(view, trouble.home, contact, lost_words(why))
    words = in_words(trouble.mail.reason or "unclear")
    if trouble.mail.state == State.UNCERTAIN and trouble.mail.reason != Reason.RESTORED:
        words = in_words("unclear")
    return _item(view, trouble.home, words, _("See this home"), "")


def _new(view: Overview) -> Need | None:
    homes = view.standing(Stand.NEW)
    if not homes:
        return None
    heading = ngettext(
        "%(n)d home is not invited yet", "%(n)d homes are not invited yet", len(homes)
    )
    return Need(
        heading=heading % {"n": len(homes)},
        words=join_names([home.names for home in homes[:SHOWN]])
        + (" …" if len(homes) > SHOWN else ""),
        button=_("See the invitations"),
        href=reverse("invite", args=[view.party.pk]),
    )


def _need(
    view: Overview,
    found: Sequence[object],
    *,
    heading: str,
    words: str,
    items: Iterable[Item],
    show: Stand | None = None,
) -> Need | None:
    if not found:
        return None
    listed = tuple(items)
    query = f"?show={show.value}#homes" if show else "#homes"
    return Need(
        heading=heading % {"n": len(found)},
        words=words,
        items=listed[:SHOWN],
        more=max(len(listed) - SHOWN, 0),
        all_href=reverse("party", args=[view.party.pk]) + query,
    )


def _item(view: Overview, home: HomeLine, words: str, button: str, anchor: str) -> Item:
    return Item(
        name=home.names,
        words=words,
        button=button,
        href=reverse("home", args=[view.party.pk, home.pk]) + anchor,
        phone=home.phones[0].phone if home.phones else "",
    )
