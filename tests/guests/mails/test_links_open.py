"""Every link of a mail leads where it says, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from guests.links import Purpose
from guests.models import Response
from parties.words import HOST_KINDS, Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_response
from tests.guests.mails.reading import receive

pytestmark = pytest.mark.django_db

DOORS = {
    "i": Purpose.MAIL,
    "stop": Purpose.STOP,
    "calendar": Purpose.CALENDAR,
    "forget": Purpose.FORGET,
    "stranger": Purpose.STRANGER,
}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in HOST_KINDS])
def test_each_link_has_its_own_purpose_and_opens(kind: Kind, client: Client) -> None:
    contact = make_invitation().contacts.get()
    response = make_response(contact.invitation, Answer.ACCEPTED)
    mail = receive(make_mail(contact, kind=kind, occasion=str(response.pk)), NOW)
    with time_machine.travel(NOW, tick=False):
        for link in mail.page.links:
            parts = urlsplit(link)
            _empty, door, token = parts.path.split("/")[:3]
            assert token[0] == DOORS[door].value
            assert link in mail.text
            answer = client.get(f"{parts.path}?{parts.query}")
            assert answer.status_code == 200, link
    assert Response.objects.count() == 1


def test_the_header_stops_with_one_post_and_no_redirect(client: Client) -> None:
    contact = make_invitation().contacts.get()
    mail = receive(make_mail(contact), NOW)
    path = urlsplit(mail.header("List-Unsubscribe").strip("<>")).path
    with time_machine.travel(NOW, tick=False):
        answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    contact.refresh_from_db()
    assert answer.status_code == 200
    assert contact.stopped_at == NOW
