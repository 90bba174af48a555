"""The host's pages of one party. /parties/ and /parties/new/ are in parties/urls.py."""

from __future__ import annotations

from django.urls import path

from guests.host import again, calls, home, homes, party, plan, remind
from guests.host.dashboard import dashboard
from guests.host.invite import invite_homes
from guests.host.preview import mail_preview, mail_preview_html, party_preview

_PARTY = "parties/<int:pk>/"
_HOME = f"{_PARTY}homes/<int:home>/"

urlpatterns = [
    path(_PARTY, dashboard, name="party"),
    path(f"{_PARTY}edit/", party.party_edit, name="party_edit"),
    path(f"{_PARTY}cancel/", party.party_cancel, name="party_cancel"),
    path(f"{_PARTY}preview/", party_preview, name="party_preview"),
    path(f"{_PARTY}preview/<slug:kind>/", mail_preview, name="mail_preview"),
    path(f"{_PARTY}preview/<slug:kind>/html/", mail_preview_html, name="mail_preview_html"),
    path(f"{_PARTY}homes/add/", homes.homes_add, name="homes_add"),
    path(f"{_PARTY}homes/check/", homes.homes_check, name="homes_check"),
    path(f"{_PARTY}invite/", invite_homes, name="invite"),
    path(f"{_PARTY}remind/", remind.remind_silent, name="remind"),
    path(f"{_PARTY}calls/", calls.calls, name="calls"),
    path(f"{_PARTY}again/", again.again_unreached, name="invite_again"),
    path(f"{_PARTY}plan/", plan.plan, name="plan"),
    path(f"{_PARTY}plan/add/<slug:kind>/", plan.plan_add, name="plan_add"),
    path(f"{_PARTY}plan/mail/<str:token>/", plan.plan_mail, name="plan_mail"),
    path(f"{_PARTY}plan/<int:rule>/", plan.plan_rule, name="plan_rule"),
    path(f"{_PARTY}plan/<int:rule>/switch/", plan.plan_switch, name="plan_switch"),
    path(f"{_PARTY}plan/<int:rule>/drop/", plan.plan_drop, name="plan_drop"),
    path(_HOME, home.home, name="home"),
    path(f"{_HOME}answer/", home.home_answer, name="home_answer"),
    path(f"{_HOME}remind/", remind.home_remind, name="home_remind"),
    path(f"{_HOME}again/", again.home_again, name="home_again"),
    path(f"{_HOME}contacts/", home.home_contact_add, name="home_contact_add"),
    path(f"{_HOME}contacts/<int:contact>/", home.home_contact, name="home_contact"),
    path(f"{_HOME}line/", home.home_line, name="home_line"),
    path(f"{_HOME}call/", calls.home_call, name="home_call"),
    path(f"{_HOME}call/back/", calls.home_call_back, name="home_call_back"),
    path(f"{_HOME}favourite/", calls.home_favourite, name="home_favourite"),
    path(f"{_HOME}link/", home.home_link, name="home_link"),
    path(f"{_HOME}off/", home.home_withdraw, name="home_withdraw"),
]
