from __future__ import annotations

from django.urls import path

from guests.mailbox.views import mailbox, mailbox_html, mailbox_mail

urlpatterns = [
    path("mailbox/", mailbox, name="mailbox"),
    path("mailbox/<str:name>/", mailbox_mail, name="mailbox_mail"),
    path("mailbox/<str:name>/html/", mailbox_html, name="mailbox_html"),
]
