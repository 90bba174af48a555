from guests.models.breaker import Breaker, Refusal
from guests.models.contact import Address, Contact
from guests.models.installation import Alarm, Installation
from guests.models.invitation import Guest, Invitation
from guests.models.mail import OutgoingEmail, State
from guests.models.response import Channel, Response, ResponseGuest, Stays

__all__ = [
    "Address",
    "Alarm",
    "Breaker",
    "Channel",
    "Contact",
    "Guest",
    "Installation",
    "Invitation",
    "OutgoingEmail",
    "Refusal",
    "Response",
    "ResponseGuest",
    "State",
    "Stays",
]
