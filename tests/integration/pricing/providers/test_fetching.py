"""Documents are fetched whole or not at all, whatever the server and the line do."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.fetching import Fetcher, open_client
from services.pricing.adapters.providers.requests import Document, Fetched
from services.pricing.adapters.providers.settings import FetchSettings
from services.pricing.domain.readings import SourceFailed, SourceFailure, Validator
from tests.support.price_server import Answer, PriceServer, zipped

BODY = bytes(range(256)) * 4096  # one mebibyte
ETAG = {"etag": '"v1"'}
Fetch = Callable[..., Awaitable[Fetched | None]]


@pytest.fixture
def fetch(server: PriceServer, fetching: FetchSettings, tmp_path: Path) -> Fetch:
    async def fetch(path: str = "/file", known: Validator | None = None, **changes: object) -> Fetched | None:
        settings = replace(fetching, **changes)  # type: ignore[arg-type]
        addresses = Addresses.of((server.url,), settings.plain_hosts)
        async with open_client(settings) as client:
            fetcher = Fetcher(settings, addresses, client)
            document = Document(path if "//" in path else server.url + path)
            return await fetcher.fetch(document, tmp_path / "file", known or Validator(), lambda *_: None)

    return fetch


async def failure(awaitable: Awaitable[object]) -> SourceFailed:
    with pytest.raises(SourceFailed) as caught:
        await awaitable
    return caught.value


async def test_a_document_comes_with_its_validator(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(BODY, headers=ETAG | {"last-modified": "Fri, 20 Nov 2026 18:32:21 GMT"}))
    fetched = await fetch()
    assert isinstance(fetched, Fetched)
    assert (fetched.path.read_bytes() == BODY, fetched.size, fetched.encoding) == (True, len(BODY), "")
    assert fetched.validator == Validator('"v1"', "Fri, 20 Nov 2026 18:32:21 GMT")
    assert server.requests[0].headers["accept-encoding"] == "gzip"


async def test_what_is_known_is_not_sent_again(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(status=304))
    assert await fetch(known=Validator('"v1"', "ignored")) is None
    assert await fetch(known=Validator("", "Fri, 20 Nov 2026 18:32:21 GMT")) is None
    assert server.requests[0].headers["if-none-match"] == '"v1"'
    assert server.requests[1].headers["if-modified-since"] == "Fri, 20 Nov 2026 18:32:21 GMT"


async def test_a_304_that_was_not_asked_for_is_a_failure(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(status=304))
    assert (await failure(fetch())).why is SourceFailure.REFUSED


async def test_a_truncated_download_is_resumed(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(BODY, headers=ETAG, cut=600_000, ranges=True), Answer(BODY, headers=ETAG, ranges=True))
    fetched = await fetch()
    assert isinstance(fetched, Fetched) and fetched.path.read_bytes() == BODY
    second = server.requests[1].headers
    assert second["if-range"] == '"v1"'
    assert 0 < int(second["range"].removeprefix("bytes=").removesuffix("-")) <= 600_000


async def test_a_document_that_changed_meanwhile_is_read_from_its_beginning(server: PriceServer, fetch: Fetch) -> None:
    changed = BODY[::-1]
    server.on(
        "/file",
        Answer(BODY, headers=ETAG, cut=600_000, ranges=True),
        Answer(changed, headers={"etag": '"v2"'}, ranges=True),
    )
    fetched = await fetch()
    assert isinstance(fetched, Fetched) and fetched.path.read_bytes() == changed
    assert fetched.validator.etag == '"v2"'


@pytest.mark.parametrize("headers", [{}, {"etag": 'W/"v1"'}])
async def test_without_a_strong_validator_it_begins_again(
    server: PriceServer, fetch: Fetch, headers: dict[str, str]
) -> None:
    server.on("/file", Answer(BODY, headers=headers, cut=600_000, ranges=True), Answer(BODY, headers=headers))
    fetched = await fetch()
    assert isinstance(fetched, Fetched) and fetched.path.read_bytes() == BODY
    assert "range" not in server.requests[1].headers


async def test_a_server_that_always_breaks_off_is_given_up(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(BODY, cut=1000))
    caught = await failure(fetch(attempts=3))
    assert (caught.why, len(server.requests)) == (SourceFailure.UNREACHABLE, 3)


async def test_too_many_requests_wait_as_long_as_is_asked(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(status=429, headers={"retry-after": "0"}), Answer(status=503), Answer(BODY))
    assert isinstance(await fetch(), Fetched)
    assert len(server.requests) == 3


@pytest.mark.parametrize("asked", ["3600", "Sat, 21 Nov 2099 10:00:00 GMT"])
async def test_who_asks_to_wait_for_too_long_is_given_up(server: PriceServer, fetch: Fetch, asked: str) -> None:
    server.on("/file", Answer(status=429, headers={"retry-after": asked}))
    caught = await failure(fetch())
    assert (caught.why, len(server.requests)) == (SourceFailure.THROTTLED, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_what_is_refused_is_not_asked_again(server: PriceServer, fetch: Fetch, status: int) -> None:
    server.on("/file", Answer(b"no", status=status))
    assert (await failure(fetch())).why is SourceFailure.REFUSED
    assert len(server.requests) == 1


async def test_a_server_in_trouble_is_asked_as_often_as_allowed(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(status=500))
    assert (await failure(fetch(attempts=4))).why is SourceFailure.UNREACHABLE
    assert len(server.requests) == 4


async def test_a_document_is_only_as_large_as_allowed(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(BODY))
    assert (await failure(fetch(largest_bytes=1000))).why is SourceFailure.TOO_LARGE


async def test_an_end_that_cannot_be_told_from_a_break_is_not_accepted(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(BODY, framed=False))
    assert (await failure(fetch())).why is SourceFailure.INVALID


async def test_compressed_bytes_are_kept_as_they_came(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", zipped(Answer(BODY)))
    fetched = await fetch()
    assert isinstance(fetched, Fetched) and fetched.encoding == "gzip"
    assert gzip.decompress(fetched.path.read_bytes()) == BODY
    server.on("/file", Answer(BODY, headers={"content-encoding": "br"}))
    assert (await failure(fetch())).why is SourceFailure.INVALID


async def test_only_the_sources_own_hosts_are_asked(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(status=302, headers={"location": "/there"}))
    server.on("/there", Answer(BODY))
    server.on("/elsewhere", Answer(status=302, headers={"location": "http://169.254.169.254/latest/meta-data"}))
    server.on("/round", Answer(status=302, headers={"location": "/round"}))
    assert isinstance(await fetch(), Fetched)
    assert (await failure(fetch("/elsewhere"))).why is SourceFailure.FORBIDDEN_ADDRESS
    assert (await failure(fetch("/round"))).why is SourceFailure.INVALID
    assert (await failure(fetch("http://example.org/"))).why is SourceFailure.FORBIDDEN_ADDRESS
    assert (await failure(fetch(f"http://user:word@{server.host}/file"))).why is SourceFailure.FORBIDDEN_ADDRESS


async def test_without_tls_nobody_is_asked_outside_of_tests(server: PriceServer, fetch: Fetch) -> None:
    assert (await failure(fetch(plain_hosts=frozenset()))).why is SourceFailure.FORBIDDEN_ADDRESS
    assert server.requests == []


async def test_silence_and_slowness_end(server: PriceServer, fetch: Fetch) -> None:
    server.on("/file", Answer(BODY, after=asyncio.Event()))
    assert (await failure(fetch(idle_seconds=0.05, attempts=2))).why is SourceFailure.UNREACHABLE
    assert len(server.requests) == 2
    caught = await failure(fetch(total_seconds=0.1))
    assert (caught.why, caught.detail) == (SourceFailure.UNREACHABLE, "not read within 0.1 seconds")


async def test_a_server_that_is_not_there_is_unreachable(server: PriceServer, fetch: Fetch) -> None:
    gone = "http://127.0.0.1:9"
    hosts = frozenset({"127.0.0.1:9"})
    settings_changes = {"plain_hosts": hosts, "attempts": 2}
    caught = await failure(fetch(gone + "/", **settings_changes))
    assert caught.why is SourceFailure.FORBIDDEN_ADDRESS  # it is no host of the source
