"""Nothing but the public internet is reached by a URL that a user gives."""

from __future__ import annotations

import pytest

from services.pricing.adapters.webhooks.addresses import checked, public
from services.pricing.adapters.webhooks.sending import HttpWebhook
from services.pricing.domain.errors import WebhookNotAllowed


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
        "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
        "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1",
        "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "", "localhost", "127.1", "0x7f000001", "2130706433",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_told(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "192.169.0.1", "2606:4700::1111"])
def test_public_addresses_are_told(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/a", "scheme"), ("ftp://hooks.example/a", "scheme"), ("file:///etc/passwd", "scheme"),
        ("gopher://hooks.example/", "scheme"), ("//hooks.example/a", "scheme"), ("hooks.example", "scheme"),
        ("", "scheme"),
        ("https://", "url"), ("https://user@hooks.example/", "url"), ("https://user:secret@hooks.example/", "url"),
        ("https://hooks.example/#part", "url"), ("https://hooks.example\\@inside/", "url"),
        ("https://hooks.example:99999/", "port"), ("https://[::1/", "url"), ("https://hooks.example/\n", "url"),
        ("https://hooks.example:22/", "port"), ("https://hooks.example:80/", "port"),
        ("https://hooks.example:6379/", "port"),
        ("https://127.0.0.1/", "address"), ("https://[::1]/", "address"), ("https://169.254.169.254/", "address"),
        ("https://[::ffff:169.254.169.254]/", "address"), ("https://10.0.0.1:8443/", "address"),
        ("https://hooks.example/" + "a" * 2_000, "length"),
    ],
)  # fmt: skip
def test_urls_that_are_never_called_are_refused_before_they_are_kept(url: str, why: str) -> None:
    with pytest.raises(WebhookNotAllowed) as refused:
        HttpWebhook().check(url)
    assert refused.value.why == why


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example/a?b=c", "https://hooks.example:8443/", "https://8.8.8.8/", "https://münchen.example/"],
)
def test_ordinary_urls_may_be_given(url: str) -> None:
    assert checked(url).scheme == "https"
