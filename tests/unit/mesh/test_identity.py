"""The authority, what it issues, and its rotation through files."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mesh.identity import Rotation
from services.mesh.identity.rotation import UnknownWorkload
from services.runtime.identity.files import Identity, IdentityFolder, IdentityUnreadable
from tests.support.clock import FakeClock
from tests.support.waiting import eventually

WORKLOADS = ("echo", "envoy", "mesh")
LIFE = 300.0
# Hundreds of authorities are written, each of them to the disk: in memory, where that is, it takes no time.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def _rotation(root: Path, clock: FakeClock, life: float = LIFE) -> Rotation:
    return Rotation(root, WORKLOADS, life, settle_seconds=0.0, clock=clock.now)


def _identity(root: Path, workload: str = "echo") -> Identity:
    return IdentityFolder(root / "identity" / workload).last


def _certificate(root: Path, workload: str = "echo") -> x509.Certificate:
    return x509.load_pem_x509_certificate(_identity(root, workload).certificate)


def test_a_certificate_names_its_workload_once_and_lives_as_long_as_asked(tmp_path: Path, clock: FakeClock) -> None:
    issued = {one.workload: one for one in _rotation(tmp_path, clock).ensure()}
    certificate = _certificate(tmp_path)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://malha.local/echo"]
    assert names.get_values_for_type(x509.DNSName) == ["echo.malha.local"]
    assert certificate.not_valid_after_utc - clock.now() == timedelta(seconds=LIFE)
    assert certificate.not_valid_before_utc < clock.now()
    assert issued["echo"] == ("echo", "spiffe://malha.local/echo", f"{certificate.serial_number:x}",
                              certificate.not_valid_after_utc)  # fmt: skip


def test_everything_is_closed_to_others_and_no_key_shows_in_what_is_printed(tmp_path: Path, clock: FakeClock) -> None:
    said: list[str] = []
    rotation = Rotation(tmp_path, WORKLOADS, LIFE, said.append, settle_seconds=0.0, clock=clock.now)
    issued = [*rotation.ensure(), *asyncio.run(rotation.rotate(authority=True))]
    assert stat.S_IMODE((tmp_path / "identity").stat().st_mode) == 0o700
    files = [path for path in (tmp_path / "identity").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    shown = "".join([*said, repr(issued), repr(_identity(tmp_path)), repr(rotation)])
    assert "PRIVATE KEY" not in shown
    assert _identity(tmp_path).key.decode().splitlines()[1] not in shown


def test_what_is_fresh_is_left_alone(tmp_path: Path, clock: FakeClock) -> None:
    assert [one.workload for one in _rotation(tmp_path, clock).ensure()] == list(WORKLOADS)
    clock.advance(LIFE * 0.6)
    assert _rotation(tmp_path, clock).ensure() == []


def test_at_two_thirds_of_its_life_a_certificate_is_replaced_and_overlaps(tmp_path: Path, clock: FakeClock) -> None:
    _rotation(tmp_path, clock).ensure()
    before = _certificate(tmp_path)
    clock.advance(LIFE * 0.67)
    assert len(_rotation(tmp_path, clock).ensure()) == len(WORKLOADS)
    after = _certificate(tmp_path)
    assert before.serial_number != after.serial_number
    assert before.not_valid_after_utc - clock.now() > timedelta(seconds=LIFE * 0.3)


def test_a_shorter_life_in_the_settings_holds_at_once(tmp_path: Path, clock: FakeClock) -> None:
    _rotation(tmp_path, clock, life=86_400).ensure()
    _rotation(tmp_path, clock).ensure()
    assert _certificate(tmp_path).not_valid_after_utc - clock.now() == timedelta(seconds=LIFE)


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem", "bundle.pem", "about.json"])
@pytest.mark.parametrize("damage", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_damaged_is_issued_again(tmp_path: Path, clock: FakeClock, name: str, damage: bytes | None) -> None:
    _rotation(tmp_path, clock).ensure()
    path = tmp_path / "identity" / "echo" / "current" / name
    path.unlink() if damage is None else path.write_bytes(damage)
    assert [one.workload for one in _rotation(tmp_path, clock).ensure()] == ["echo"]
    assert _rotation(tmp_path, clock).ensure() == []


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_a_damaged_authority_is_replaced_with_all_it_issued(tmp_path: Path, clock: FakeClock, name: str) -> None:
    _rotation(tmp_path, clock).ensure()
    (tmp_path / "identity" / "authority" / "active" / name).write_bytes(b"")
    assert len(_rotation(tmp_path, clock).ensure()) == len(WORKLOADS)
    assert _rotation(tmp_path, clock).ensure() == []


def test_an_authority_is_replaced_before_a_certificate_would_outlive_it(tmp_path: Path, clock: FakeClock) -> None:
    _rotation(tmp_path, clock).ensure()
    bundle = _identity(tmp_path).bundle
    clock.advance(LIFE * 90 * 0.67)
    _rotation(tmp_path, clock).ensure()
    assert _identity(tmp_path).bundle != bundle


async def test_one_workload_rotates_alone_and_an_unknown_one_not_at_all(tmp_path: Path, clock: FakeClock) -> None:
    rotation = _rotation(tmp_path, clock)
    rotation.ensure()
    before = _certificate(tmp_path, "envoy")
    assert [one.workload for one in await rotation.rotate("echo")] == ["echo"]
    assert _certificate(tmp_path, "envoy") == before
    with pytest.raises(UnknownWorkload, match="nobody"):
        await rotation.rotate("nobody")


@pytest.mark.parametrize("name", ["authority", "Echo", "", "a/b", ".."])
def test_a_name_that_cannot_be_a_folder_of_its_own_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="workloads"):
        Rotation(tmp_path, [name], LIFE)


async def test_old_generations_go_and_a_reader_in_the_middle_may_finish(tmp_path: Path, clock: FakeClock) -> None:
    rotation = _rotation(tmp_path, clock)
    rotation.ensure()
    generations = tmp_path / "identity" / "echo"

    def kept() -> int:
        return sum(1 for path in generations.iterdir() if not path.is_symlink())

    for _ in range(50):
        await rotation.rotate("echo")
    assert 2 <= kept() <= 20
    clock.advance(LIFE * 1.1)
    await rotation.rotate("echo")
    clock.advance(LIFE * 1.1)
    await rotation.rotate("echo")
    assert kept() <= 2


async def test_a_reader_keeps_what_is_good_while_the_files_are_gone(tmp_path: Path, clock: FakeClock) -> None:
    _rotation(tmp_path, clock).ensure()
    folder = IdentityFolder(tmp_path / "identity" / "echo")
    good = folder.latest()
    (tmp_path / "identity" / "echo" / "current").unlink()
    assert folder.latest() is good
    with pytest.raises(IdentityUnreadable):
        IdentityFolder(tmp_path / "identity" / "echo")


async def test_who_reads_while_others_write_gets_files_that_fit(tmp_path: Path) -> None:
    rotation = Rotation(tmp_path, WORKLOADS, LIFE, settle_seconds=0.0)
    rotation.ensure()
    done = threading.Event()

    def read() -> int:
        folder, seen = IdentityFolder(tmp_path / "identity" / "echo"), set[str]()
        while not done.is_set():
            identity = folder.latest()
            certificate = x509.load_pem_x509_certificate(identity.certificate)
            assert f"{certificate.serial_number:x}" == identity.generation
            key = serialization.load_pem_private_key(identity.key, None)
            assert key.public_key() == certificate.public_key()
            trusted = x509.load_pem_x509_certificates(identity.bundle)
            assert certificate.issuer in {authority.subject for authority in trusted}
            seen.add(identity.generation)
        return len(seen)

    reading = [asyncio.ensure_future(asyncio.to_thread(read)) for _ in range(2)]
    for number in range(60):
        await rotation.rotate(authority=number % 20 == 0)
    done.set()
    assert min(await asyncio.gather(*reading)) > 5


async def test_the_task_renews_in_time_and_goes_on_after_a_failure(tmp_path: Path) -> None:
    said: list[str] = []
    rotation = Rotation(tmp_path, WORKLOADS, 3.0, said.append)
    rotation.ensure()
    folder = IdentityFolder(tmp_path / "identity" / "echo")
    first = folder.latest()
    task = asyncio.ensure_future(rotation.run())
    await eventually(lambda: folder.latest() is not first, seconds=10)
    assert first.expires_at > datetime.now(UTC).timestamp()
    (tmp_path / "identity" / "authority").rename(tmp_path / "identity" / "away")
    (tmp_path / "identity" / "authority").write_text("in the way")
    await eventually(lambda: any("cannot be renewed" in line for line in said), seconds=10)
    (tmp_path / "identity" / "authority").unlink()
    (tmp_path / "identity" / "away").rename(tmp_path / "identity" / "authority")
    second = folder.latest()
    await eventually(lambda: folder.latest() is not second, seconds=10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_kill_before_any_write_leaves_what_fits_and_what_the_next_start_mends() -> None:
    with TemporaryDirectory(dir=_MEMORY) as folder:
        report = _killed_rotations(folder)
    assert {name: scenario["wrong"] for name, scenario in report.items()} == {name: [] for name in report}
    assert report["ensure"]["kills"] > 15
    assert report["rotate"]["kills"] > 12
    assert report["authority"]["kills"] > 40


def _killed_rotations(folder: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_rotation", folder],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0, LIFE * 40)),
        st.tuples(st.just("back"), st.floats(0, LIFE * 2)),
        st.tuples(st.just("rotate"), st.sampled_from([None, *WORKLOADS])),
        st.tuples(st.just("authority"), st.none()),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(steps=_STEPS)
def test_whatever_happens_all_are_valid_and_trust_each_other_after_a_start(steps: list[tuple[str, object]]) -> None:
    with TemporaryDirectory(dir=_MEMORY) as folder:
        root, clock = Path(folder), FakeClock()
        for kind, value in steps:
            rotation = _rotation(root, clock)
            rotation.ensure()
            if kind in ("pass", "back"):
                assert isinstance(value, float)
                clock.advance(value if kind == "pass" else -value)
            else:
                workload = value if isinstance(value, str) else None
                asyncio.run(rotation.rotate(workload, authority=kind == "authority"))
        _rotation(root, clock).ensure()
        bundles = {_identity(root, name).bundle for name in WORKLOADS}
        assert len(bundles) == 1
        (authority,) = x509.load_pem_x509_certificates(bundles.pop())
        assert authority.not_valid_before_utc <= clock.now()
        for name in WORKLOADS:
            certificate = _certificate(root, name)
            certificate.verify_directly_issued_by(authority)
            left = (certificate.not_valid_after_utc - clock.now()).total_seconds()
            assert LIFE / 3 < left <= LIFE + 1
            assert certificate.not_valid_before_utc <= clock.now()
            key = serialization.load_pem_private_key(_identity(root, name).key, None)
            assert key.public_key() == certificate.public_key()
