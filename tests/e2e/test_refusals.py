"""What the edge of a whole mesh refuses is found in the audit log by whoever may read the platform's."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx

from tests.support.mesh_process import Mesh, wait_until


def test_a_call_that_the_edge_refuses_is_in_the_audit_log(running: Mesh) -> None:
    # A method that no other test calls without a token: the first of its kind keeps its id.
    request_id = f"refused-{secrets.token_hex(8)}"
    answer = httpx.delete(f"http://{running.plaintext}/v1/tenants/nobodys", headers={"x-request-id": request_id})
    assert answer.status_code == 401
    found: list[dict[str, Any]] = []

    def look() -> bool:
        wanted = ("--platform", "--filter", f'request_id = "{request_id}"', "--format", "json")
        found[:] = json.loads(running.run("audit", "list", *wanted).stdout)["entries"]
        return bool(found)

    wait_until(look, 20, "the refusal is in the log")
    (entry,) = found
    assert (entry["decision"], entry["reason"]) == ("DECISION_REFUSED", "TOKEN_REQUIRED")
    assert (entry["action"], entry["caller"]) == ("identity.tenants.delete", "edge")
    assert entry["method"] == "/malha.identity.v1.TenantService/DeleteTenant"
    assert entry["details"] == {"by": "envoy"}
