"""What is sent arrives at the address that was checked, and nothing a receiver does costs more than a little time."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.pricing.adapters.webhooks.sending import HttpWebhook
from services.pricing.domain.alerts import MOST_ATTEMPTS, Outcome, pause, signature

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Receiver:
    """A server that keeps what it gets, and answers with given bytes."""

    def __init__(self, answer: bytes | Answer = OK) -> None:
        self._answer = answer
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.requests.append(head + await reader.readexactly(length))
            if isinstance(self._answer, bytes):
                writer.write(self._answer)
                await writer.drain()
            else:
                await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def resolving(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A name service that gives these addresses for every name."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


def local(seconds: float = 5.0, trust: ssl.SSLContext | None = None) -> HttpWebhook:
    return HttpWebhook(allow_local=True, resolve=resolving("127.0.0.1"), seconds=seconds, trust=trust)


async def test_body_and_headers_arrive_with_the_name_that_was_given() -> None:
    async with Receiver().running() as receiver:
        url = f"http://hooks.example:{receiver.port}/prices?tenant=1"
        outcome = await local().post(url, b'{"a":1}', {"malha-delivery": "1", "content-type": "application/json"})
    assert outcome == Outcome(True, "http 200")
    (request,) = receiver.requests
    assert request.startswith(b"POST /prices?tenant=1 HTTP/1.1\r\n")
    assert f"\r\nhost: hooks.example:{receiver.port}\r\n".encode() in request.lower()
    assert b"malha-delivery: 1" in request.lower()
    assert request.endswith(b'\r\n\r\n{"a":1}')


async def test_a_name_with_one_address_that_is_not_public_is_not_called() -> None:
    for addresses in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], []):
        webhook = HttpWebhook(resolve=resolving(*addresses))
        assert await webhook.post("https://hooks.example/", b"{}", {}) == Outcome(False, "address")


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost."])
async def test_every_spelling_of_the_own_machine_is_found_out_when_it_is_looked_up(host: str) -> None:
    outcome = await HttpWebhook().post(f"https://{host}/", b"{}", {})
    assert outcome in (Outcome(False, "address"), Outcome(False, "name"))


async def test_a_name_is_looked_up_once_so_that_it_cannot_lead_elsewhere_afterwards() -> None:
    async with Receiver().running() as honest, Receiver().running() as inside:
        asked = []

        async def rebinding(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        webhook = HttpWebhook(allow_local=True, resolve=rebinding)
        assert (await webhook.post(f"http://hooks.example:{honest.port}/", b"{}", {})).delivered
    assert asked == ["hooks.example"]
    assert (honest.connections, inside.connections) == (1, 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    async with Receiver().running() as inside:
        answer = f"HTTP/1.1 {status} Go\r\nlocation: http://127.0.0.1:{inside.port}/\r\ncontent-length: 0\r\n\r\n"
        async with Receiver(answer.encode()).running() as receiver:
            outcome = await local().post(f"http://hooks.example:{receiver.port}/", b"{}", {})
    assert outcome == Outcome(False, f"http {status}")
    assert inside.connections == 0


async def test_an_answer_without_end_is_left_alone() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async with Receiver(pour).running() as receiver:
        outcome = await local().post(f"http://hooks.example:{receiver.port}/", b"{}", {})
    assert outcome == Outcome(True, "http 200")


async def test_a_receiver_that_does_not_answer_costs_no_more_than_the_time_allowed() -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with Receiver(nothing).running() as receiver:
        outcome = await local(seconds=0.2).post(f"http://hooks.example:{receiver.port}/", b"{}", {})
    assert outcome == Outcome(False, "timeout")


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"\x16\x03\x01\x00"])
async def test_what_is_no_answer_is_a_failure(answer: bytes) -> None:
    async with Receiver(answer).running() as receiver:
        assert not (await local().post(f"http://hooks.example:{receiver.port}/", b"{}", {})).delivered


async def test_nobody_listening_is_a_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://hooks.example:{taken.getsockname()[1]}/"
        assert await local().post(url, b"{}", {}) == Outcome(False, "connection")


async def test_an_unknown_name_is_a_failure() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror

    outcome = await HttpWebhook(resolve=unknown).post("https://hooks.example/", b"{}", {})
    assert outcome == Outcome(False, "name")


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver().running() as proxy, Receiver().running() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await local().post(f"http://hooks.example:{receiver.port}/", b"{}", {})).delivered
    assert proxy.connections == 0


async def test_the_certificate_must_be_of_the_name_although_the_address_is_called(tmp_path: Path) -> None:
    server, trust = _certificates(tmp_path, "hooks.example")
    async with Receiver().running(server) as receiver:
        right = await local(trust=trust).post(f"https://hooks.example:{receiver.port}/", b"{}", {})
        wrong = await local(trust=trust).post(f"https://other.example:{receiver.port}/", b"{}", {})
        unknown = await local().post(f"https://hooks.example:{receiver.port}/", b"{}", {})
    assert right == Outcome(True, "http 200")
    assert wrong == unknown == Outcome(False, "connection")
    assert len(receiver.requests) == 1


def test_the_signature_is_over_moment_delivery_and_body() -> None:
    delivery = UUID("0191e6c4-0000-7000-8000-000000000001")
    made = signature(b"a secret of more than 32 characters", 1_763_700_000, delivery, b'{"a":1}')
    # printf '%s.%s.%s' 1763700000 0191e6c4-0000-7000-8000-000000000001 '{"a":1}' | openssl dgst -sha256 -hmac "..."
    assert made == "t=1763700000,v1=cc369d9adb5b774820255a47abc865e5d4cdecabfcd79f6fc25283785d2589b2"
    others = {
        signature(b"another secret, as long as the first", 1_763_700_000, delivery, b'{"a":1}'),
        signature(b"a secret of more than 32 characters", 1_763_700_001, delivery, b'{"a":1}'),
        signature(b"a secret of more than 32 characters", 1_763_700_000, delivery, b'{"a":2}'),
    }
    assert made not in others
    assert len(others) == 3


def test_pauses_grow_up_to_half_a_day_and_differ() -> None:
    longest = [pause(attempt, 1.0) for attempt in range(1, MOST_ATTEMPTS + 1)]
    assert longest[:3] == [timedelta(seconds=30), timedelta(seconds=150), timedelta(seconds=750)]
    assert longest == sorted(longest)
    assert longest[-1] == timedelta(hours=12)
    assert pause(1, 0.0) == timedelta(seconds=15)


def _certificates(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for a name, and one that trusts just that."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(pem))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))
