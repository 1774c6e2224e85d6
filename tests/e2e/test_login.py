"""How people come to tokens: through the real edge, with the real command, and, for the browser's part, with forms."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread

import grpc
import httpx
import malha
import pytest

from tests.e2e.surfaces import SERVICE
from tests.support.mesh_process import MALHA, ROOT, Mesh, mesh

_FIRST = re.compile(r"The first administrator is (\w+), with the password (\S+)\n")
_CODE = re.compile(r"^ +([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)
_TICKET = re.compile(r'name="ticket" value="([^"]+)"')


@pytest.fixture(scope="module")
def administrator(running: Mesh) -> tuple[str, str]:
    """Name and one-time password, as `malha up` told them."""
    found = _FIRST.search(running.said)
    assert found, running.said
    return found[1], found[2]


@pytest.fixture(autouse=True)
def logged_out(running: Mesh) -> Iterator[None]:
    yield
    running.run("logout")


def _let_in(running: Mesh, administrator: tuple[str, str], code: str, decision: str) -> None:
    """What a person does in a browser."""
    username, password = administrator
    with httpx.Client(base_url=f"http://{running.plaintext}", timeout=30) as browser:
        assert browser.get("/oauth2/device").status_code == 200
        asked = browser.post("/oauth2/device", data={"user_code": code, "username": username, "password": password})
        ticket = _TICKET.search(asked.text)
        assert ticket, asked.text
        decided = browser.post("/oauth2/device", data={"ticket": ticket[1], "decision": decision})
        assert decided.status_code == 200, decided.text


class _Login:
    """`malha login`, waiting for somebody with a browser."""

    def __init__(self, running: Mesh) -> None:
        self.process = subprocess.Popen(
            [str(MALHA), "login"], cwd=ROOT, env=dict(running.environment), stderr=subprocess.PIPE, text=True
        )
        self._lines: Queue[str] = Queue()
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stderr
        with self.process.stderr as said:
            for line in said:
                self._lines.put(line)

    def code(self) -> str:
        while True:
            if found := _CODE.search(self._lines.get(timeout=30)):
                return found[1]

    def ended(self, seconds: float = 60) -> int:
        code = self.process.wait(seconds)
        self._reading.join(seconds)
        return code


def test_a_person_logs_in_with_a_browser(running: Mesh, administrator: tuple[str, str]) -> None:
    login = _Login(running)
    _let_in(running, administrator, login.code(), "approve")
    assert login.ended() == 0
    shown = running.run("whoami")
    assert "Administrator" in shown.stdout, shown.stderr
    (kept,) = Path(running.environment["XDG_CONFIG_HOME"], "malha", "logins").glob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_person_turns_a_login_away(running: Mesh, administrator: tuple[str, str]) -> None:
    login = _Login(running)
    _let_in(running, administrator, login.code(), "deny")
    assert login.ended() == 2
    assert "Administrator" not in running.run("whoami").stdout


def test_who_gives_up_waiting_leaves_at_once(running: Mesh) -> None:
    login = _Login(running)
    login.code()
    login.process.send_signal(signal.SIGINT)
    assert login.ended(3) == 130


def test_a_one_time_password_is_good_for_a_new_one_and_nothing_else(
    running: Mesh, administrator: tuple[str, str]
) -> None:
    username, password = administrator
    logged_in = running.run("login", "--username", username, stdin=f"{password}\n".encode())
    assert logged_in.returncode == 0, logged_in.stderr
    assert "identity.account.changePassword" in running.run("whoami").stdout
    refused = running.run("rules")
    assert refused.returncode == 2
    assert "PERMISSION_MISSING" in refused.stderr


def test_a_wrong_password_is_told_nothing(running: Mesh, administrator: tuple[str, str]) -> None:
    wrong = running.run("login", "--username", administrator[0], stdin=b"wrong\n")
    nobody = running.run("login", "--username", "nobody", stdin=b"wrong\n")
    assert (wrong.returncode, nobody.returncode) == (2, 2)
    assert _without_request(wrong.stderr) == _without_request(nobody.stderr)


def test_a_token_of_a_login_ends_with_it(running: Mesh, administrator: tuple[str, str]) -> None:
    username, password = administrator
    running.run("login", "--username", username, stdin=f"{password}\n".encode())
    token = running.run("token").stdout.strip()
    with running.connect(token) as client:
        assert client.identity.whoami().name == "Administrator"
    assert running.run("logout").returncode == 0
    assert "Administrator" not in running.run("whoami").stdout, "what is left is whoever started the mesh"


def test_every_way_in_asks_for_a_token(running: Mesh) -> None:
    with running.connect(token="") as client, pytest.raises(malha.Unauthenticated) as caught:
        client.analysis.get_rule("rules/PERF401")
    assert caught.value.reason == "TOKEN_REQUIRED"
    answer = httpx.get(f"http://{running.plaintext}/v1/rules")
    assert (answer.status_code, answer.json()["error"]["details"][0]["reason"]) == (401, "TOKEN_REQUIRED")


def test_the_printed_commands_work_as_they_stand(running: Mesh, tmp_path: Path, grpcurl: str, curl: str) -> None:
    commands = [
        line for line in running.said.split("Try it from any folder:\n")[1].splitlines() if line.startswith("  ")
    ]
    shown = ("H100" if "malha price" in command else "PERF401" for command in commands)
    assert len(commands) == 4
    path = os.pathsep.join((os.environ["PATH"], str(Path(grpcurl).parent), str(Path(curl).parent)))
    for command, expected in zip(commands, shown, strict=True):
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert expected in done.stdout, (command, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh for others, made where there was one for its developer before."""
    state = tmp_path_factory.mktemp("production") / "state"
    (state / "credentials").mkdir(parents=True, mode=0o700)
    (state / "credentials" / "development.json").write_text("{}")
    with mesh(state, "--replicas", "pricing=1", MALHA_MODE="production") as started:
        yield started


def test_in_production_whoever_starts_the_mesh_has_to_log_in(production: Mesh) -> None:
    assert not (production.state / "credentials").exists()
    assert "malha login" in production.said
    for verb in ("token", "rules"):
        done = production.run(verb)
        assert (done.returncode, done.stdout) == (2, "")
        assert "`malha login`" in done.stderr


def test_in_production_nobody_looks_around_unasked(production: Mesh, grpcurl: str) -> None:
    command = [grpcurl, "-cacert", str(production.ca), production.edge, "describe", SERVICE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "rpc" not in done.stdout


def test_the_first_password_is_told_once_and_written_nowhere(production: Mesh) -> None:
    found = _FIRST.search(production.said)
    assert found, production.said
    assert not (production.state / "secrets" / "administrator.json").exists()
    logs = "".join(path.read_text(errors="replace") for path in (production.state / "logs").iterdir())
    assert found[2] not in logs
    assert production.run("down").returncode == 0
    again = production.run("up", "--detach")
    assert again.returncode == 0, again.stderr
    assert "The first administrator" not in again.stdout


def test_a_token_in_the_environment_is_used(running: Mesh) -> None:
    environment = {**running.environment, "MALHA_TOKEN": "nonsense"}
    done = subprocess.run(
        [str(MALHA), "rules"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "TOKEN_INVALID" in done.stderr
    assert "MALHA_TOKEN" in done.stderr


def test_a_raw_channel_needs_only_the_header(running: Mesh) -> None:
    credentials = grpc.ssl_channel_credentials(running.ca.read_bytes())
    with grpc.secure_channel(running.edge, credentials) as channel:
        call = channel.unary_unary(f"/{SERVICE}/ListRules")
        assert call(b"", metadata=tuple(running.headers.items()), timeout=10)


def _without_request(text: str) -> str:
    return re.sub(r"\(request [^)]*\)", "", text)
