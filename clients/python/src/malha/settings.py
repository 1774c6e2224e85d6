"""Where the mesh is: from arguments, the environment, or what a running mesh wrote about itself.

The only module of the client that reads the environment.
"""

from __future__ import annotations

import ipaddress
import json
import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_ADDRESS = "localhost:8443"
DEFAULT_PLAINTEXT_ADDRESS = "127.0.0.1:8080"

_EDGE_FILE = "edge.json"
_CREDENTIALS_FILE = Path("credentials", "development.json")
_STATE_FOLDER = ".malha"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An edge to talk to."""

    address: str
    """`host:port`."""
    plaintext: bool = False
    """Whether to talk without TLS. Only the loopback listener of a development mesh accepts that."""
    ca_file: Path | None = None
    """The PEM file with the authorities to trust. None means those that gRPC brings along. Unused in plaintext."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """What `malha up` wrote to `edge.json`."""

    folder: Path
    address: str
    plaintext_address: str
    ca_file: Path | None


class SettingsError(ValueError):
    """What was configured cannot be meant; the text says what to change."""


def resolve(
    address: str | None = None, *, ca_file: str | os.PathLike[str] | None = None, plaintext: bool = False
) -> Endpoint:
    """The endpoint to use.

    The first that is given wins: the argument; `MALHA_ADDRESS` and `MALHA_CA_FILE`; the `edge.json` of a running mesh,
    in `MALHA_STATE_DIR` or else in the nearest `.malha` folder upward from the working directory; `localhost:8443`
    (`127.0.0.1:8080` in plaintext), or the port in `MALHA_EDGE_PORT` (`MALHA_PLAINTEXT_PORT`), where `malha up` would
    listen. An address may carry a scheme: `http://` means plaintext, `https://` means TLS.

    Raises:
        SettingsError: the address is not `host:port`, or the CA file does not exist.
    """
    edge = _running_edge()
    wanted = address or os.environ.get("MALHA_ADDRESS")
    if wanted:
        wanted, plaintext = _without_scheme(wanted, plaintext)
    elif plaintext:
        wanted = edge.plaintext_address if edge else _default(DEFAULT_PLAINTEXT_ADDRESS, "MALHA_PLAINTEXT_PORT")
    else:
        wanted = edge.address if edge else _default(DEFAULT_ADDRESS, "MALHA_EDGE_PORT")
    if plaintext:
        return Endpoint(wanted, plaintext=True)
    return Endpoint(wanted, ca_file=_ca_file(ca_file or os.environ.get("MALHA_CA_FILE"), wanted, edge))


def token() -> str:
    """The access token in `MALHA_TOKEN`; empty when there is none."""
    return os.environ.get("MALHA_TOKEN", "").strip()


def development_credentials(endpoint: Endpoint) -> Path | None:
    """The credentials that a development mesh on this machine made for whoever started it; None for any other mesh."""
    edge = _running_edge()
    if edge is None or endpoint.address not in (edge.address, edge.plaintext_address):
        return None
    file = edge.folder / _CREDENTIALS_FILE
    return file if file.exists() else None


def logins_folder() -> Path:
    """Where logins are kept: `malha/logins` in the user's folder for settings."""
    if given := os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA"):
        return Path(given) / "malha" / "logins"
    return Path.home() / ".config" / "malha" / "logins"


def is_loopback(endpoint: Endpoint) -> bool:
    """Whether what is sent there stays on this machine."""
    host = endpoint.address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name that only DNS can tell


def colour_wanted(is_terminal: bool) -> bool:
    """Whether to write colours: `FORCE_COLOR` and `NO_COLOR` (no-color.org) win over what the output is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal and not dumb_terminal())


def dumb_terminal() -> bool:
    """Whether the terminal is one that takes text and nothing else."""
    return os.environ.get("TERM") == "dumb"


def quiet_grpc() -> None:
    """Keeps gRPC's own log off standard error, unless `GRPC_VERBOSITY` asks for it; to be called before gRPC loads.

    What went wrong is told in our own words, with what to do about it.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")


def _default(address: str, port_variable: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{host}:{os.environ.get(port_variable) or port}"


def _without_scheme(address: str, plaintext: bool) -> tuple[str, bool]:
    scheme, separator, rest = address.partition("://")
    if separator:
        if scheme not in ("http", "https"):
            raise SettingsError(f"{address!r} is no address: write host:port, http://host:port or https://host:port")
        plaintext = scheme == "http"
        address = rest.rstrip("/")
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit()):
        raise SettingsError(f"{address!r} is no address: write host:port, such as {DEFAULT_ADDRESS}")
    return address, plaintext


def _ca_file(given: str | os.PathLike[str] | None, address: str, edge: _Edge | None) -> Path | None:
    if given is not None:
        path = Path(given)
        if not path.is_file():
            raise SettingsError(f"the CA file {path} does not exist: give the ca.pem of the mesh's state folder")
        return path
    # The local authority vouches for the local mesh only; any other address needs its own or a public one.
    return edge.ca_file if edge and edge.address == address else None


def _running_edge() -> _Edge | None:
    for folder in _state_folders():
        try:
            written = json.loads((folder / _EDGE_FILE).read_bytes())
            ca_file = Path(written["ca_file"])
            return _Edge(
                folder=folder,
                address=str(written["address"]),
                plaintext_address=str(written.get("plaintext_address") or DEFAULT_PLAINTEXT_ADDRESS),
                ca_file=ca_file if ca_file.is_file() else None,
            )
        except (OSError, ValueError, KeyError, TypeError):
            # No mesh has been started from here, or one is just replacing the file: look further up.
            continue
    return None


def _state_folders() -> list[Path]:
    if given := os.environ.get("MALHA_STATE_DIR"):
        return [Path(given)]
    here = Path.cwd()
    return [folder / _STATE_FOLDER for folder in (here, *here.parents)]
