"""Who a visitor is, behind proxies and without them."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from rsvp_site.proxy import TrustedProxies


def seen(headers: dict[str, str]) -> tuple[str, str, str]:
    """Address, scheme and host as a view sees them."""
    taken: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        taken.append(request)
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", headers=headers)
    TrustedProxies(view)(request)
    return request.META["REMOTE_ADDR"], taken[0].scheme or "", taken[0].get_host()


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        pytest.param(0, "1.2.3.4", "10.0.0.9", id="no proxy: a claim is nothing"),
        pytest.param(1, "1.2.3.4", "1.2.3.4", id="one proxy"),
        pytest.param(1, "6.6.6.6, 1.2.3.4", "1.2.3.4", id="one proxy, a forged entry"),
        pytest.param(2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4", id="two proxies"),
        pytest.param(1, ", ".join(["6.6.6.6"] * 100 + ["1.2.3.4"]), "1.2.3.4", id="100 hops"),
        pytest.param(1, "2001:db8::1", "2001:db8::1", id="IPv6"),
        pytest.param(1, "<script>", "10.0.0.9", id="junk"),
        pytest.param(1, "", "10.0.0.9", id="nothing"),
        pytest.param(1, ",,,", "10.0.0.9", id="commas"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxies_saw(
    settings: Settings, proxies: int, header: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen({"X-Forwarded-For": header})[0] == address


@pytest.mark.parametrize(
    ("proxies", "header", "scheme"),
    [(0, "https", "http"), (1, "https", "https"), (1, "http, https", "https"), (1, "ftp", "http")],
)
def test_the_scheme_is_believed_from_our_own_proxies_only(
    settings: Settings, proxies: int, header: str, scheme: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen({"X-Forwarded-Proto": header})[1] == scheme


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forwarded_host_is_never_believed(settings: Settings, proxies: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen({"X-Forwarded-Host": "evil.example"})[2] == "testserver"
