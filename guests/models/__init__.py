from guests.models.breaker import Breaker
from guests.models.contact import Address, Contact
from guests.models.invitation import Guest, Invitation
from guests.models.mail import OutgoingEmail, State
from guests.models.response import Channel, Response, ResponseGuest, Stays

__all__ = [
    "Address",
    "Breaker",
    "Channel",
    "Contact",
    "Guest",
    "Invitation",
    "OutgoingEmail",
    "Response",
    "ResponseGuest",
    "State",
    "Stays",
]
