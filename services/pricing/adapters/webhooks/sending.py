"""Sends a POST to a checked address."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import httpx

from services.pricing.adapters.webhooks.addresses import checked, public
from services.pricing.domain.alerts import Outcome
from services.pricing.domain.errors import WebhookNotAllowed

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_CONNECT_SECONDS: Final = 5.0
_SECONDS: Final = 10.0
_LARGEST_ANSWER: Final = 4_096
"""Bytes of an answer that are read, so that a receiver may finish it; nobody looks at them."""


class HttpWebhook:
    """Sends to public addresses over https; see Webhook.

    A name is looked up once for each attempt, every address that it has must be public, and the connection is made to
    the very address that was checked: a name that leads elsewhere a moment later changes nothing. Redirects are not
    followed, proxies of the environment not used, and nothing of the answer but its status is kept.
    """

    def __init__(
        self,
        *,
        allow_local: bool = False,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        """`allow_local` is for tests: it allows http, any port and any address. `trust` takes the place of the
        authorities that certificates must be signed by."""
        self._allow_local = allow_local
        self._resolve = resolve or _resolved
        self._trust = trust
        self._seconds = seconds

    def check(self, url: str) -> None:
        """Raises WebhookNotAllowed."""
        checked(url, local=self._allow_local)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Sends it once, within ten seconds."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(checked(url, local=self._allow_local), body, headers)
        except WebhookNotAllowed as error:
            return Outcome(False, error.why)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(False, "timeout")
        except socket.gaierror:
            return Outcome(False, "name")
        except (httpx.HTTPError, ssl.SSLError, OSError, UnicodeError):
            return Outcome(False, "connection")

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Outcome:
        address = await self._address(url)
        host = url.netloc.decode("ascii")
        timeout = httpx.Timeout(self._seconds, connect=_CONNECT_SECONDS)
        # A client of its own: a connection that is kept would be to an address that was checked for another attempt.
        async with httpx.AsyncClient(
            verify=self._trust or _trust(), timeout=timeout, follow_redirects=False, trust_env=False
        ) as client:
            request = client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers={**headers, "host": host, "user-agent": "malha-webhook", "accept-encoding": "identity"},
                extensions={"sni_hostname": url.raw_host.decode("ascii"), "timeout": timeout.as_dict()},
            )
            answer = await client.send(request, stream=True)
            try:
                await _drain(answer)
                return Outcome(200 <= answer.status_code < 300, f"http {answer.status_code}")
            finally:
                await answer.aclose()

    async def _address(self, url: httpx.URL) -> str:
        """An address of the URL's host. Raises WebhookNotAllowed when it has one that nothing is sent to."""
        port = url.port or (80 if url.scheme == "http" else 443)
        found = await self._resolve(url.raw_host.decode("ascii").strip("[]"), port)
        if not found or not (self._allow_local or all(public(address) for address in found)):
            raise WebhookNotAllowed("address")
        return found[0]


async def _resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


async def _drain(answer: httpx.Response) -> None:
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > _LARGEST_ANSWER:
            return


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
