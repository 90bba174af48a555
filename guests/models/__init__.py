from .breaker import Breaker
from .contact import Address, Contact
from .invitation import Guest, Invitation
from .mail import OutgoingEmail, State
from .response import Channel, Response, ResponseGuest, Stays

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
