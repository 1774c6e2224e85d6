"""Secrets at rest: sealed to one place, beneath keys that can be replaced, and shown by no repr."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runtime.secrets import KeyRing, KeysUnusable, Place, SealBroken, Vault, create_keys
from services.runtime.secrets.keyring import retire, rotate

PLACE = Place("identity.authenticators", "secret", "acme/1")
CANARY = b"canary-of-the-vault"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secrets" / "keys"
    assert create_keys(path)
    return path


@pytest.fixture
def vault(file: Path) -> Vault:
    return Vault(KeyRing(file))


def test_the_file_is_made_once_and_nobody_else_reads_it(file: Path) -> None:
    content = file.read_bytes()
    assert not create_keys(file)
    assert file.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_what_is_sealed_opens_again_and_looks_different_each_time(vault: Vault, value: bytes) -> None:
    sealed = vault.seal(value, PLACE)
    assert vault.open(sealed, PLACE) == value
    assert vault.seal(value, PLACE) != sealed
    assert len(value) < 8 or value not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("identity.authenticators", "secret", "acme/2"),
        Place("identity.authenticators", "secre", "tacme/1"),
        Place("identity.authenticator", "ssecret", "acme/1"),
        Place("", "", ""),
    ],
)
def test_a_value_that_was_moved_does_not_open(vault: Vault, elsewhere: Place) -> None:
    with pytest.raises(SealBroken):
        vault.open(vault.seal(CANARY, PLACE), elsewhere)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_value_that_was_changed_anywhere_does_not_open(vault: Vault, data: st.DataObject) -> None:
    sealed = bytearray(vault.seal(CANARY, PLACE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), PLACE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_what_nobody_sealed_does_not_open(vault: Vault, noise: bytes) -> None:
    for sealed in (noise, vault.seal(CANARY, PLACE)[: len(noise)]):
        with pytest.raises(SealBroken):
            vault.open(sealed, PLACE)


def test_keys_are_replaced_while_everything_stays_readable(file: Path, vault: Vault) -> None:
    old = vault.seal(CANARY, PLACE)
    assert vault.renew(old, PLACE) is None
    before = vault.digest("x", CANARY)
    assert rotate(file) == "k2"
    assert vault.open(old, PLACE) == CANARY  # the same vault: nothing was started anew
    renewed = vault.renew(old, PLACE)
    assert renewed is not None
    assert vault.digest("x", CANARY) != before
    assert retire(file) == ["k1"]
    assert vault.open(renewed, PLACE) == CANARY
    with pytest.raises(SealBroken):
        vault.open(old, PLACE)


def test_keys_that_cannot_be_read_now_are_those_of_before(file: Path, vault: Vault) -> None:
    sealed = vault.seal(CANARY, PLACE)
    file.write_text("{")
    assert vault.open(sealed, PLACE) == CANARY
    file.unlink()
    assert vault.open(sealed, PLACE) == CANARY


@pytest.mark.parametrize(
    "content",
    [
        "", "{}", "[]", '{"primary": "k1", "keys": {}}', '{"primary": "k1", "keys": {"k1": "c2hvcnQ="}}',
        '{"primary": "k1", "keys": {"k1": 5}}', '{"primary": "K 1", "keys": {"K 1": "%s"}}' % ("A" * 43 + "="),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_without_telling_what_is_in_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeysUnusable) as refused:
        KeyRing(path)
    assert str(path) in str(refused.value)
    assert len(content) < 4 or content not in str(refused.value)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o666])
def test_a_file_that_is_open_to_others_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(KeysUnusable, match="open to others"):
        KeyRing(file)


def test_no_repr_shows_a_key(file: Path, vault: Vault) -> None:
    ring = KeyRing(file)
    texts = "".join(map(repr, (vault, ring, ring.current(), vars(ring), vars(vault))))
    for encoded in json.loads(file.read_text())["keys"].values():
        key = base64.b64decode(encoded)
        assert encoded not in texts
        assert repr(key)[2:-1] not in texts
