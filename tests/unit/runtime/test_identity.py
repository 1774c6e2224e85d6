"""Names of workloads, and the decision who may call, over whatever a peer and its headers may say."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from services.runtime.call import Call
from services.runtime.exceptions import CallerNotAllowed, PeerNotTrusted
from services.runtime.identity.refusals import Refusals
from services.runtime.identity.spiffe import CALLER_KEY, is_workload, server_name, spiffe_id, workload_of
from services.runtime.interceptors.authorization import Authorization
from services.runtime.method import Method, Shape

WORKLOAD = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)
ECHO = Method(
    path="/t.Echo/Say", service="t.Echo", name="Say", shape=Shape.UNARY_UNARY, parse=bytes, timeout=30.0,
    callers=frozenset({"edge", "healing"}),
)  # fmt: skip


class Context:
    """A connection whose certificate has the given names, and a call with the given headers."""

    def __init__(self, uris: list[str], dns: list[str], headers: list[tuple[str, str]], key: str | None) -> None:
        self._uris, self._dns, self._headers, self._key = uris, dns, headers, key

    def peer_identity_key(self) -> str | None:
        return self._key

    def peer_identities(self) -> list[bytes] | None:
        return None if self._key is None else [name.encode() for name in (*self._uris, *self._dns)]

    def auth_context(self) -> dict[str, list[bytes]]:
        return {"peer_uri": [uri.encode() for uri in self._uris]} if self._uris else {}

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._headers)


def _admitted(stage: Authorization, method: Method, context: Context) -> str | None:
    """As whom a call is let in; None when it is refused."""

    async def begin() -> str | None:
        call = Call(method, context)
        try:
            stage.begin(call)
        except (PeerNotTrusted, CallerNotAllowed):
            return None
        return call.caller

    return asyncio.run(begin())


@given(WORKLOAD)
def test_an_id_names_the_workload_it_was_made_of(workload: str) -> None:
    assert workload_of(spiffe_id(workload)) == workload
    assert server_name(workload) == f"{workload}.malha.local"


@given(st.text() | st.text().map(lambda tail: f"spiffe://malha.local/{tail}"))
def test_nothing_else_is_an_id_of_ours(text: str) -> None:
    workload = workload_of(text)
    assert workload is None or (is_workload(workload) and text == spiffe_id(workload))


_URI = st.one_of(WORKLOAD.map(spiffe_id), st.sampled_from([spiffe_id("envoy"), spiffe_id("healing")]), st.text())
_NAMES = st.lists(_URI, max_size=3)
_HEADERS = st.lists(st.tuples(st.sampled_from([CALLER_KEY, "x-other"]), _URI), max_size=3)
_KEY = st.sampled_from(["x509_subject_alternative_name", "x509_common_name", None])


@given(uris=_NAMES, dns=st.lists(st.text(alphabet="abc.", min_size=1), max_size=1), headers=_HEADERS, key=_KEY)
def test_nobody_gets_in_whom_the_rule_does_not_name(
    uris: list[str], dns: list[str], headers: list[tuple[str, str]], key: str | None
) -> None:
    stage = Authorization(("healing", "operator"), Refusals(CollectorRegistry()))
    context = Context(uris, dns, headers, key)
    named = [value for name, value in headers if name == CALLER_KEY]
    trusted = key == "x509_subject_alternative_name" and len(uris) == 1
    through_envoy = trusted and uris[0] == spiffe_id("envoy") and len(named) == 1
    expected = None
    if through_envoy and named[0] in (spiffe_id("edge"), spiffe_id("healing")):
        expected = workload_of(named[0])
    elif trusted and uris[0] == spiffe_id("healing") and len(named) <= 1:  # two callers are nobody's call
        expected = "healing"
    for _ in range(2):  # what was seen before is decided alike
        assert _admitted(stage, ECHO, context) == expected


@pytest.mark.parametrize(
    ("peers", "admitted"), [(frozenset({"envoy", "mesh"}), {"envoy", "mesh"}), (frozenset(), {"envoy", "mesh", "x"})]
)
def test_the_platform_is_for_the_peers_it_names_or_for_all(peers: frozenset[str], admitted: set[str]) -> None:
    stage = Authorization((), Refusals(CollectorRegistry()))
    method = Method(
        path="/p/M", service="p", name="M", shape=Shape.UNARY_UNARY, parse=bytes, timeout=5.0, platform=True,
        peers=peers,
    )  # fmt: skip
    seen: set[str] = set()
    for workload in ("envoy", "mesh", "x"):
        context = Context([spiffe_id(workload)], [], [], "x509_subject_alternative_name")
        if _admitted(stage, method, context) == workload:
            seen.add(workload)
    assert seen == admitted
