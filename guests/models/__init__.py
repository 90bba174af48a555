from guests.models.breaker import Breaker, Refusal
from guests.models.call import Call, Outcome
from guests.models.contact import Address, Contact
from guests.models.delivery import Fate, Report
from guests.models.installation import Alarm, Installation
from guests.models.invitation import Guest, Invitation
from guests.models.limits import Stranger, Suppression, Tally
from guests.models.mail import OutgoingEmail, State
from guests.models.response import Channel, Response, ResponseGuest, Stays

__all__ = [
    "Address",
    "Alarm",
    "Breaker",
    "Call",
    "Channel",
    "Contact",
    "Fate",
    "Guest",
    "Installation",
    "Invitation",
    "Outcome",
    "OutgoingEmail",
    "Refusal",
    "Report",
    "Response",
    "ResponseGuest",
    "State",
    "Stays",
    "Stranger",
    "Suppression",
    "Tally",
]
