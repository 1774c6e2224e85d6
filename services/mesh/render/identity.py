"""TLS on every side: whose certificate Envoy shows, whom it trusts, and what its peers have to be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.mesh.render.document import Node, from_file, resources, typed
from services.runtime.identity.spiffe import ID_PREFIX, server_name, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_TLS: Final = "envoy.extensions.transport_sockets.tls.v3."
_SOCKET: Final = "envoy.transport_sockets.tls"

# Relative to Envoy's own folder. `current` is a symbolic link that each rotation replaces: Envoy watches for that.
_IDENTITY_FOLDER: Final = "../identity/envoy"
_CURRENT: Final = f"{_IDENTITY_FOLDER}/current"

EDGE: Final = "edge"
WORKLOAD: Final = "workload"
BUNDLE: Final = "bundle"


def secret_file(name: str) -> str:
    """The file of one secret, relative to the bootstrap: Envoy takes a single one from each."""
    return f"./secret-{name}.yaml"


def secrets() -> Mapping[str, Node]:
    """The documents of the secrets by their files: the edge's certificate, Envoy's own, and whom it trusts."""
    watched = {"watched_directory": {"path": _IDENTITY_FOLDER}}
    contents: dict[str, Node] = {
        EDGE: {"tls_certificate": _key_pair("../pki/edge.pem", "../pki/edge.key")},
        WORKLOAD: {"tls_certificate": _key_pair(f"{_CURRENT}/certificate.pem", f"{_CURRENT}/key.pem") | watched},
        BUNDLE: {"validation_context": {"trusted_ca": {"filename": f"{_CURRENT}/bundle.pem"}} | watched},
    }
    return {
        secret_file(name): resources(typed(f"{_TLS}Secret", name=name, **content)) for name, content in contents.items()
    }


def for_everyone() -> Node:
    """The transport socket of the edge: TLS 1.3, no question who the client is."""
    return _downstream(
        {
            **_common(EDGE),
            "alpn_protocols": ["h2", "http/1.1"],
        }
    )


def for_workloads() -> Node:
    """The transport socket of the inner listener: a certificate of this trust domain, or no handshake."""
    return _downstream(
        {
            **_common(WORKLOAD),
            "alpn_protocols": ["h2"],
            **_peer({"prefix": ID_PREFIX}),
        },
        require_client_certificate=True,
        # A resumed session would go by the certificate and the bundle of an earlier day.
        disable_stateless_session_resumption=True,
        disable_stateful_session_resumption=True,
    )


def towards(workload: str) -> Node:
    """The transport socket of a cluster whose every endpoint has to be `workload`."""
    context = typed(
        f"{_TLS}UpstreamTlsContext",
        common_tls_context={
            **_common(WORKLOAD),
            "alpn_protocols": ["h2"],
            **_peer({"exact": spiffe_id(workload)}),
        },
        sni=server_name(workload),
        # Each connection proves the certificate of today.
        max_session_keys=0,
    )
    return {"name": _SOCKET, "typed_config": context}


def _key_pair(certificate: str, key: str) -> Node:
    return {"certificate_chain": {"filename": certificate}, "private_key": {"filename": key}}


def _common(certificate: str) -> Node:
    return {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificate_sds_secret_configs": [_secret(certificate)],
    }


def _peer(matcher: Node) -> Node:
    """Trust in the bundle alone would prove nothing: every workload is signed by it. The name decides."""
    return {
        "combined_validation_context": {
            "default_validation_context": {
                "match_typed_subject_alt_names": [{"san_type": "URI", "matcher": matcher}],
            },
            "validation_context_sds_secret_config": _secret(BUNDLE),
        }
    }


def _secret(name: str) -> Node:
    return {"name": name, "sds_config": from_file(secret_file(name))}


def _downstream(common: Node, **fields: object) -> Node:
    context = typed(f"{_TLS}DownstreamTlsContext", common_tls_context=common, **fields)
    return {"name": _SOCKET, "typed_config": context}
