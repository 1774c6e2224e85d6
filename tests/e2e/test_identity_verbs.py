"""Users, service accounts, roles, tenants, keys and the audit log, by the verbs that people use for them."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

import malha.cli
import pyotp
import pytest
from click.testing import CliRunner

from tests.support.mesh_process import MALHA, ROOT, Mesh

PASSWORD = "a password of more than fifteen letters"


def _ran(running: Mesh, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors of `malha`, in this process: there are many verbs, and a process takes its time."""
    argv = mock.patch.object(sys, "argv", ["malha", *arguments])
    with argv, CliRunner().isolation(stdin, dict(running.environment)) as (stdout, stderr, _):
        code = malha.cli.main()
        sys.stdout.flush()
        return code, stdout.getvalue().decode(), stderr.getvalue().decode()


def _did(running: Mesh, *arguments: str, stdin: str = "") -> str:
    code, stdout, stderr = _ran(running, *arguments, stdin=stdin)
    assert code == 0, (arguments, stderr)
    return stdout


@contextmanager
def _logged_in(running: Mesh, username: str, password: str, code: str = "") -> Iterator[None]:
    try:
        _did(running, "login", "--username", username, stdin=f"{password}\n{code}\n")
        yield
    finally:
        _ran(running, "logout")


@pytest.fixture
def person(running: Mesh) -> Iterator[str]:
    """The name of a user of the role member, who has chosen PASSWORD."""
    name = f"ana-{secrets.token_hex(4)}"
    first = _did(running, "users", "create", name, "--name", "Ana", "--role", "member").strip()
    with _logged_in(running, name, first):
        _did(running, "password", stdin=f"{first}\n{PASSWORD}\n{PASSWORD}\n")
        assert "analysis.reports.read" in _did(running, "whoami"), "the login goes on, with what its owner may do now"
    yield name
    _did(running, "users", "delete", name, "--yes")


def test_a_new_user_chooses_a_password_and_may_do_what_the_role_says(running: Mesh, person: str) -> None:
    with _logged_in(running, person, PASSWORD):
        assert "analysis.reports.read" in _did(running, "whoami")
        _did(running, "reports")
        code, _, stderr = _ran(running, "users", "list")
        assert (code, "PERMISSION_MISSING" in stderr) == (2, True)
    assert person in _did(running, "users", "list", "--filter", f'username = "{person}"')
    _did(running, "users", "disable", person)
    assert _ran(running, "login", "--username", person, stdin=f"{PASSWORD}\n")[0] == 2
    assert _did(running, "users", "list", "--filter", 'username = "nobody-at-all"') == "no users\n"


def test_a_second_factor_is_set_up_shown_and_taken_away(running: Mesh, person: str) -> None:
    with _logged_in(running, person, PASSWORD):
        secret, codes = _enrolled(running)
        assert len(set(codes)) == 10
        code, _, stderr = _ran(running, "totp", "enrol", stdin=f"{PASSWORD}\n")
        assert (code, "`malha totp disable`" in stderr) == (2, True)
        others = _did(running, "totp", "codes", stdin=f"{PASSWORD}\n{codes[0]}\n").split()
        assert len({*codes, *others}) == 20
        # A refusal for want of a code is not an attempt, and asks for one.
        _did(running, "password", stdin=f"{PASSWORD}\n{PASSWORD}!\n{PASSWORD}!\n{others[0]}\n")
    assert _ran(running, "login", "--username", person, stdin=f"{PASSWORD}!\n")[0] == 2
    with _logged_in(running, person, f"{PASSWORD}!", others[1]):
        assert "second factor shown" in _did(running, "whoami")
        assert _ran(running, "totp", "disable", stdin="n\n")[0] == 130
        _did(running, "totp", "disable", "--yes", stdin=f"{PASSWORD}!\n{others[2]}\n")
    with _logged_in(running, person, f"{PASSWORD}!"):
        assert "second factor not shown" in _did(running, "whoami")
        assert re.fullmatch("[A-Z2-7]{32}", secret)


def _enrolled(running: Mesh) -> tuple[str, list[str]]:
    """The secret and the recovery codes of an authenticator that somebody sets up, after a slip."""
    process = subprocess.Popen(
        [str(MALHA), "totp", "enrol"],
        cwd=ROOT, env=dict(running.environment), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stderr
    process.stdin.write(f"{PASSWORD}\nabcdef\n")
    process.stdin.flush()
    shown = ""
    while not (found := re.search(r"^ +((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})$", shown, re.MULTILINE)):
        line = process.stderr.readline()
        assert line, shown
        shown += line
    secret = found[1].replace(" ", "")
    assert f"secret={secret}" in shown, "what a camera would read is there to be copied"
    stdout, stderr = process.communicate(f"{pyotp.TOTP(secret).now()}\n", timeout=60)
    assert process.returncode == 0, stderr
    return secret, stdout.split()


def test_a_program_has_an_account_a_role_and_a_key(running: Mesh) -> None:
    name = f"ci-{secrets.token_hex(4)}"
    made = _did(running, "accounts", "create", name, "--name", "Nightly", "--role", "viewer").strip()
    (listed,) = json.loads(_did(running, "accounts", "list", "--filter", f'account = "{name}"', "--format", "json"))[
        "service_accounts"
    ]
    assert (listed["name"], listed["account"], listed["display_name"]) == (made, name, "Nightly")
    key = _did(running, "keys", "create", "nightly", "--owner", name).strip()
    assert key.split("_")[1] in _did(running, "keys", "list", "--owner", name)
    with running.connect(token=_token(running, key)) as client:
        assert "analysis.reports.read" in client.identity.whoami().permissions
    _did(running, "accounts", "disable", name)
    assert _did(running, "accounts", "list", "--filter", f'account = "{name}"').rstrip().endswith("disabled")
    _did(running, "accounts", "enable", made)
    assert _ran(running, "accounts", "delete", name, stdin="n\n")[0] == 130
    _did(running, "accounts", "delete", name, "--yes")
    code, _, stderr = _ran(running, "accounts", "delete", name, "--yes")
    assert (code, "`malha accounts list`" in stderr) == (2, True)


def _token(running: Mesh, key: str) -> str:
    from malha.auth.oauth import OAuth

    with running.connect(token="") as client:
        return OAuth(client.channel).client_credentials(key.split("_")[1], key).access_token


def test_a_role_is_made_given_under_conditions_and_taken_away(running: Mesh, person: str) -> None:
    role = f"reader-{secrets.token_hex(4)}"
    assert {"roles/admin", "roles/viewer"} <= {line.split()[0] for line in _did(running, "roles", "list").splitlines()}
    assert "analysis.rules.read" in _did(running, "roles", "permissions").split()
    assert _did(running, "roles", "create", role, "--permission", "analysis.rules.read") == f"roles/{role}\n"
    _did(running, "roles", "change", role, "--add", "analysis.reports.read", "--remove", "analysis.rules.read")
    shown = json.loads(_did(running, "roles", "show", role, "--format", "json"))
    assert shown["permissions"] == ["analysis.reports.read"]
    later = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    conditions = ["--not-after", later, "--network", "10.0.0.0/8", "--second-factor"]
    binding = _did(running, "roles", "bind", person, role, *conditions).strip()
    given = _did(running, "roles", "bindings", "--of", person)
    assert re.search(rf"{binding}  roles/{role} +users/\S+  until .*Z, in 10.0.0.0/8, with a second factor\n", given)
    code, _, stderr = _ran(running, "roles", "delete", role, "--yes")
    assert (code, "RESOURCE_IN_USE" in stderr) == (2, True)
    _did(running, "roles", "bind", person, role)
    _did(running, "roles", "unbind", binding)
    _did(running, "roles", "unbind", person, role)
    code, _, stderr = _ran(running, "roles", "unbind", person, role)
    assert (code, f"`malha roles bindings --of {person}`" in stderr) == (2, True)
    _did(running, "roles", "delete", role, "--yes")
    assert "BUILT_IN" in _ran(running, "roles", "delete", "viewer", "--yes")[2]


def test_a_tenant_is_made_changed_and_removed(running: Mesh) -> None:
    tenant = f"acme-{secrets.token_hex(4)}"
    first = _did(running, "tenants", "create", tenant, "--name", "Acme", "--administrator", "eva").strip()
    with _logged_in(running, f"{tenant}/eva", first):
        assert f"tenant        {tenant}\ntier          free\n" in _did(running, "whoami")
    _did(running, "tenants", "change", tenant, "--tier", "pro")
    only = ("--filter", f'tenant = "{tenant}"')
    assert re.fullmatch(rf"tenants/{tenant} +pro +Acme\n", _did(running, "tenants", "list", *only))
    assert "RESOURCE_IN_USE" in _ran(running, "tenants", "delete", tenant, "--yes")[2]
    _did(running, "tenants", "disable", tenant)
    assert json.loads(_did(running, "tenants", "list", *only, "--format", "json"))["tenants"][0]["disabled"] is True
    assert _ran(running, "login", "--username", f"{tenant}/eva", stdin=f"{first}\n")[0] == 2
    _did(running, "tenants", "delete", tenant, "--yes")
    assert _did(running, "tenants", "list", *only) == "no tenants\n"


async def test_the_asyncio_client_does_what_the_verbs_do(running: Mesh) -> None:
    source = running.source
    name = f"aio-{secrets.token_hex(4)}"
    async with malha.connect_async(running.edge, ca_file=running.ca, token=source) as client:
        made = await client.identity.create_user(name)
        binding = await client.identity.give_role(made.user.name, "roles/viewer")
        listed = [each.name async for each in client.identity.list_role_bindings(page_size=1)]
        assert binding.name in listed and len(listed) > 1, "more pages than one"
        await client.identity.delete_user(made.user.name)
        with pytest.raises(malha.NotFound):
            await client.identity.get_user(made.user.name)
        exported = [piece async for piece in client.identity.export_audit()]
        assert name in str(made.user) and b"identity.users.delete" in b"".join(exported)


def test_a_key_is_shown_once_and_can_be_ended(running: Mesh) -> None:
    key = _did(running, "keys", "create", "ci", "--scope", "analysis.rules.read", "--days", "7").strip()
    assert re.fullmatch(r"mk_[a-z2-7]{12}_[a-z2-7]{52}", key)
    listed = json.loads(_did(running, "keys", "list", "--format", "json"))["keys"]
    assert key not in json.dumps(listed)
    assert key.split("_")[1] in {each["prefix"] for each in listed}
    _did(running, "keys", "revoke", key.split("_")[1])
    assert "revoked" in _did(running, "keys", "list")


def test_what_was_done_is_in_the_audit_log_which_is_whole(running: Mesh) -> None:
    name = f"eva-{secrets.token_hex(4)}"
    _did(running, "users", "create", name)
    _did(running, "users", "delete", name, "--yes")
    entries = json.loads(_did(running, "audit", "list", "--format", "json", "--limit", "5"))["entries"]
    assert {"identity.users.create", "identity.users.delete"} <= {entry["action"] for entry in entries}
    _did(running, "audit", "verify")
    lines = [json.loads(line) for line in _did(running, "audit", "export").splitlines()]
    assert len(lines) >= len(entries)
    assert _did(running, "audit", "export", "--format", "csv").startswith("name,time,decision")
