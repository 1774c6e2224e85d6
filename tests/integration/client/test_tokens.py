"""Tokens find their way onto calls, from wherever they come, and are replaced when they end or are refused."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import malha
import pytest
from malha.analysis.v1.analysis_service_pb2_grpc import add_AnalysisServiceServicer_to_server
from malha.auth import private_file
from malha.auth.logins import Login, Logins
from malha.auth.sources import NotLoggedIn
from malha.identity.v1.oauth_service_pb2_grpc import add_OAuthServiceServicer_to_server

from tests.integration.client.fake_analysis import FakeAnalysis
from tests.integration.client.fake_oauth import CODE, KEY, PASSWORD, Door, FakeOAuth

if TYPE_CHECKING:
    from collections.abc import Iterator

MALHA = str(Path(sys.executable).with_name("malha"))


@dataclass(frozen=True)
class Guarded:
    """A mesh that asks for tokens, and the home of a person who calls it."""

    address: str
    oauth: FakeOAuth
    door: Door
    home: Path

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def logins(self) -> Logins:
        return Logins(self.home / "malha" / "logins", lambda: None)

    def log_in(self) -> None:
        """Leave behind what `malha login` would, its access token over already."""
        self.oauth.refresh_tokens["refresh-0"] = True
        self.logins.put(self.address, Login("refresh-0"))

    def run(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        home = str(self.home)
        environment = {"XDG_CONFIG_HOME": home, "PATH": "/usr/bin:/bin", "HOME": home, **variables}
        return subprocess.run(
            [MALHA, *arguments, "--address", self.url],
            env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@pytest.fixture
def mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    for name in ("MALHA_TOKEN", "MALHA_STATE_DIR", "MALHA_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(tmp_path)
    oauth = FakeOAuth()
    door = Door(oauth)
    server = grpc.server(ThreadPoolExecutor(8), interceptors=[door])
    add_AnalysisServiceServicer_to_server(FakeAnalysis(), server)
    add_OAuthServiceServicer_to_server(oauth, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield Guarded(f"127.0.0.1:{port}", oauth, door, tmp_path)
    server.stop(0).wait()


def development(mesh: Guarded, monkeypatch: pytest.MonkeyPatch, mode: int = 0o600) -> Path:
    """What a development mesh leaves in its state folder."""
    state = mesh.home / "state"
    state.mkdir()
    edge = {"address": "localhost:1", "plaintext_address": mesh.address, "ca_file": "none"}
    (state / "edge.json").write_text(json.dumps(edge))
    file = state / "credentials" / "development.json"
    private_file.write(file, json.dumps({"client_id": KEY[0], "client_secret": KEY[1]}).encode())
    file.chmod(mode)
    monkeypatch.setenv("MALHA_STATE_DIR", str(state))
    return file


def test_a_given_token_goes_before_that_of_the_environment(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    mesh.oauth.given |= {"given", "around"}
    monkeypatch.setenv("MALHA_TOKEN", "around")
    mesh.log_in()
    for token in ("given", None):
        with malha.connect(mesh.url, token=token) as client:
            client.analysis.get_rule("rules/MLH999")
    assert mesh.door.seen == ["Bearer given", "Bearer around"]
    assert mesh.oauth.grants == []


def test_a_login_goes_before_what_a_development_mesh_gives(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch)
    mesh.log_in()
    with malha.connect(mesh.url) as client:
        client.analysis.get_rule("rules/MLH999")
    mesh.logins.drop(mesh.address)
    with malha.connect(mesh.url) as client:
        client.analysis.get_rule("rules/MLH999")
    assert mesh.oauth.grants == ["refresh_token", "client_credentials"]


def test_the_credentials_of_one_mesh_are_not_shown_to_another(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    file = development(mesh, monkeypatch)
    (file.parents[1] / "edge.json").write_text(
        json.dumps({"address": "localhost:1", "plaintext_address": "127.0.0.1:2", "ca_file": "none"})
    )
    with malha.connect(mesh.url) as client, pytest.raises(malha.Unauthenticated, match="TOKEN_REQUIRED"):
        client.analysis.get_rule("rules/MLH999")
    assert mesh.oauth.grants == []


def test_credentials_that_others_may_read_are_not_used(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch, mode=0o644)
    with malha.connect(mesh.url) as client, pytest.raises(NotLoggedIn, match="mode 644"):
        client.analysis.get_rule("rules/MLH999")


def test_an_empty_token_means_none(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch)
    with malha.connect(mesh.url, token="") as client, pytest.raises(malha.Unauthenticated, match="TOKEN_REQUIRED"):
        client.analysis.get_rule("rules/MLH999")
    assert mesh.door.seen == []


def test_a_token_does_not_cross_a_network_in_plaintext() -> None:
    with pytest.raises(malha.settings.SettingsError, match="plaintext"):
        malha.connect("http://mesh.example:80", token="secret")
    malha.connect("http://mesh.example:80", token="").close()


@pytest.mark.parametrize("reason", ["TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_REVOKED"])
def test_a_call_whose_token_is_refused_is_made_once_more(
    mesh: Guarded, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    development(mesh, monkeypatch)
    mesh.door.reason = reason
    with malha.connect(mesh.url) as client:
        client.analysis.get_rule("rules/MLH999")
        mesh.oauth.given.clear()
        client.analysis.get_rule("rules/MLH999")
        client.analysis.get_rule("rules/MLH999")
    assert mesh.door.seen == [f"Bearer access-{number}" for number in (1, 1, 2, 2)]


def test_another_refusal_is_final(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch)
    mesh.door.reason = "TOKEN_REQUIRED"
    with malha.connect(mesh.url) as client:
        client.analysis.get_rule("rules/MLH999")
        mesh.oauth.given.clear()
        with pytest.raises(malha.Unauthenticated, match="TOKEN_REQUIRED"):
            client.analysis.get_rule("rules/MLH999")
    assert len(mesh.door.seen) == 2


def test_a_token_from_outside_is_tried_once(mesh: Guarded) -> None:
    with malha.connect(mesh.url, token="nonsense") as client, pytest.raises(malha.Unauthenticated):
        client.analysis.get_rule("rules/MLH999")
    assert mesh.door.seen == ["Bearer nonsense"]


def test_every_shape_of_call_has_a_token(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch)
    with malha.connect(mesh.url) as client:
        list(client.analysis.analyze_project([("a.py", b"print(1)\n")], label="all"))
        client.analysis.stub.GetRule.future(_rule()).result(timeout=10)
    assert mesh.door.seen == ["Bearer access-1"] * 2


async def test_the_asyncio_client_does_the_same(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch)
    async with malha.connect_async(mesh.url) as client:
        await client.analysis.get_rule("rules/MLH999")
        mesh.oauth.given.clear()
        await client.analysis.get_rule("rules/MLH999")
        [each async for each in client.analysis.analyze_project([("a.py", b"")], label="all")]
    assert mesh.door.seen == [f"Bearer access-{number}" for number in (1, 1, 2, 2)]
    async with malha.connect_async(mesh.url, token="nonsense") as client:
        with pytest.raises(malha.Unauthenticated, match="TOKEN_INVALID"):
            await client.analysis.get_rule("rules/MLH999")


async def test_the_asyncio_client_waits_for_a_token_without_holding_others_up(
    mesh: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    development(mesh, monkeypatch)
    mesh.oauth.leave = threading.Event()
    async with malha.connect_async(mesh.url) as client:
        asked = [asyncio.create_task(client.identity.whoami()) for _ in range(3)]
        assert await asyncio.to_thread(mesh.oauth.asked.wait, 10)
        assert not any(task.done() for task in asked), "the loop runs while the token is on its way"
        mesh.oauth.leave.set()
        assert {answer.name for answer in await asyncio.gather(*asked)} == {"Ana"}
        mesh.oauth.given.clear()
        assert (await client.identity.whoami()).tier == "pro"
    assert mesh.oauth.grants == ["client_credentials"] * 2, "one for all that wait, one when it was refused"


async def test_an_asyncio_call_without_a_token_says_why(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    development(mesh, monkeypatch, mode=0o640)
    async with malha.connect_async(mesh.url) as client:
        with pytest.raises(NotLoggedIn, match="mode 640"):
            await client.analysis.get_rule("rules/MLH999")
        with pytest.raises(NotLoggedIn, match="mode 640"):
            [each async for each in client.analysis.analyze_project([("a.py", b"")], label="all")]


def test_a_login_is_refreshed_once_by_many_processes(mesh: Guarded) -> None:
    mesh.log_in()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: mesh.run("token"), range(4)))
    assert {each.stdout for each in done} == {"access-1\n"}, [each.stderr for each in done]
    assert mesh.oauth.grants == ["refresh_token"]


def test_whoever_started_the_mesh_asks_once_for_many_commands(mesh: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    file = development(mesh, monkeypatch)
    for _ in range(3):
        with malha.connect(mesh.url) as client:
            client.analysis.get_rule("rules/MLH999")
    assert mesh.oauth.grants == ["client_credentials"]
    kept = file.with_name("token.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.chmod(0o644)
    with malha.connect(mesh.url) as client:
        client.analysis.get_rule("rules/MLH999")
    assert mesh.oauth.grants == ["client_credentials"] * 2, "others could have read it, or have put it there"


def test_a_login_that_was_ended_elsewhere_says_what_to_do(mesh: Guarded) -> None:
    mesh.logins.put(mesh.address, Login("refresh-of-yesterday"))
    done = mesh.run("rules")
    assert done.returncode == 2
    assert done.stderr == f"Error: the login at {mesh.address} is over: log in again with `malha login`\n"


def test_login_by_password_asks_for_the_code_only_when_it_is_needed(mesh: Guarded) -> None:
    done = mesh.run("login", "--password", stdin="\n".join(PASSWORD) + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert mesh.run("token").stdout == "access-1\n"
    assert "Ana" in mesh.run("whoami").stdout
    mesh.oauth.second_factor = True
    assert mesh.run("login", "--username", PASSWORD[0], stdin=f"{PASSWORD[1]}\n").returncode == 2
    done = mesh.run("login", "--username", PASSWORD[0], stdin=f"{PASSWORD[1]}\n{CODE}\n")
    assert done.returncode == 0, done.stderr
    wrong = mesh.run("login", "--username", PASSWORD[0], stdin="wrong\n")
    assert wrong.returncode == 2
    assert "TOKEN_REQUEST_REFUSED" in wrong.stderr


def test_login_in_a_browser_waits_for_the_decision(mesh: Guarded) -> None:
    mesh.oauth.device_answers = ["authorization_pending", "RATE_LIMITED"]
    done = mesh.run("login")
    assert done.returncode == 0, done.stderr
    assert "https://mesh.example/oauth2/device\n" in done.stderr
    assert "BCDF-GHJK" in done.stderr
    assert mesh.run("token").stdout == "access-1\n"


def test_a_login_that_is_turned_away_leaves_nothing(mesh: Guarded) -> None:
    mesh.oauth.device_answers = ["access_denied"]
    done = mesh.run("login")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Error: the login was turned away")
    assert mesh.logins.get(mesh.address) is None


def test_logging_out_ends_the_login_at_the_mesh_too(mesh: Guarded) -> None:
    mesh.run("login")
    assert mesh.run("logout").stderr == f"logged out at {mesh.address}\n"
    assert not any(mesh.oauth.refresh_tokens.values())
    assert mesh.run("token").returncode == 2
    assert mesh.run("logout").returncode == 0


def test_login_keeps_its_tokens_in_the_keyring_that_was_chosen(mesh: Guarded) -> None:
    chosen = {
        "PYTHON_KEYRING_BACKEND": "tests.support.file_keyring.Keyring",
        "TEST_KEYRING_FILE": str(mesh.home / "keyring.json"),
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    done = mesh.run("login", **chosen)
    assert done.stderr.splitlines()[-1] == f"logged in at {mesh.address}; kept in the keyring of this system"
    assert mesh.run("token", **chosen).stdout == "access-1\n"
    locked = mesh.run("token", **{**chosen, "PYTHON_KEYRING_BACKEND": "tests.support.file_keyring.Locked"})
    assert (locked.returncode, locked.stdout) == (2, "")
    assert locked.stderr == (
        f"Error: the keyring does not give the login at {mesh.address} (KeyringLocked):"
        " unlock it, or log in with `malha login`\n"
    )
    again = mesh.run("login", **{**chosen, "PYTHON_KEYRING_BACKEND": "tests.support.file_keyring.Locked"})
    assert again.stderr.splitlines()[-1].endswith(
        ".json, which only you can read: the keyring cannot be used (KeyringLocked)"
    )


def test_a_call_without_a_token_says_what_to_do(mesh: Guarded) -> None:
    done = mesh.run("rules")
    assert done.returncode == 2
    assert "`malha login`" in done.stderr


def test_a_kept_token_is_used_while_it_lasts(mesh: Guarded) -> None:
    mesh.oauth.given.add("kept")
    mesh.logins.put(mesh.address, Login("refresh-0", "kept", time.time() + 600, 600))
    with malha.connect(mesh.url) as client:
        client.analysis.get_rule("rules/MLH999")
    assert mesh.door.seen == ["Bearer kept"]
    assert mesh.oauth.grants == []


def _rule() -> object:
    from malha.analysis.v1 import analysis_service_pb2 as pb

    return pb.GetRuleRequest(name="rules/MLH999")
