"""Users, keys and the audit log, by the verbs that people use for them."""

from __future__ import annotations

import json
import re
import secrets

from tests.support.mesh_process import Mesh

PASSWORD = "a password of more than fifteen letters"


def _did(running: Mesh, *arguments: str, stdin: str = "") -> str:
    done = running.run(*arguments, stdin=stdin.encode())
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_user_chooses_a_password_and_may_do_what_the_role_says(running: Mesh) -> None:
    name = f"ana-{secrets.token_hex(4)}"
    first = _did(running, "users", "create", name, "--name", "Ana", "--role", "member").strip()
    try:
        _did(running, "login", "--username", name, stdin=f"{first}\n")
        _did(running, "password", stdin=f"{first}\n{PASSWORD}\n{PASSWORD}\n")
        _did(running, "login", "--username", name, stdin=f"{PASSWORD}\n")
        assert "analysis.reports.read" in _did(running, "whoami")
        _did(running, "reports")
        refused = running.run("users", "list")
        assert (refused.returncode, "PERMISSION_MISSING" in refused.stderr) == (2, True)
    finally:
        running.run("logout")
    assert name in _did(running, "users", "list", "--filter", f'username = "{name}"')
    _did(running, "users", "disable", name)
    assert running.run("login", "--username", name, stdin=f"{PASSWORD}\n".encode()).returncode == 2
    _did(running, "users", "delete", name, "--yes")
    assert _did(running, "users", "list", "--filter", f'username = "{name}"') == "no users\n"


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
    assert running.run("audit", "verify").returncode == 0
    lines = [json.loads(line) for line in _did(running, "audit", "export").splitlines()]
    assert len(lines) >= len(entries)
    assert _did(running, "audit", "export", "--format", "csv").startswith("name,time,decision")
