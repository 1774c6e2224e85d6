"""Where things are inside a state folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class StateFolderUnusable(Exception):
    """The folder that MALHA_STATE_DIR names cannot hold a mesh."""

    def __init__(self, root: Path, problem: str) -> None:
        super().__init__(
            f"MALHA_STATE_DIR={root} cannot be used: {problem}; name a folder that you may write, or unset it"
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one mesh, all below `root`, which is absolute."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the one supervisor of this folder for as long as it lives."""
        return self.root / "lock"

    @property
    def run(self) -> Path:
        """One file per running process: see `supervisor.pidfile`."""
        return self.root / "run"

    @property
    def admin_file(self) -> Path:
        """Tells the operator where the supervisor's admin service listens: see `operator`."""
        return self.root / "run" / "admin.json"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.root / "logs"

    @property
    def pki(self) -> Path:
        """The local authority and the edge's certificate."""
        return self.root / "pki"

    @property
    def secrets(self) -> Path:
        """Passwords and URLs that hold one, each in a file only its owner reads."""
        return self.root / "secrets"

    @property
    def keys(self) -> Path:
        """The key-encryption keys: see `services.runtime.secrets`."""
        return self.root / "secrets" / "keys.json"

    @property
    def administrator(self) -> Path:
        """The first administrator's password, from the moment it is made until it was shown: see `welcome`."""
        return self.root / "secrets" / "administrator.json"

    @property
    def credentials(self) -> Path:
        """The developer's credentials, which the client finds here; not there in production."""
        return self.root / "credentials" / "development.json"

    @property
    def envoy(self) -> Path:
        """Envoy's working folder: its configuration names everything relative to it."""
        return self.root / "envoy"

    @property
    def postgres(self) -> Path:
        """Holds PostgreSQL's data folder."""
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        """Redis's working folder."""
        return self.root / "redis"

    @property
    def identity(self) -> Path:
        """The workloads' certificates: see `services.mesh.identity`."""
        return self.root / "identity"

    @property
    def versions(self) -> Path:
        """Copies of the services' code: see `services.mesh.versions`."""
        return self.root / "versions"

    @property
    def scratch(self) -> Path:
        """One folder for each replica's temporary files, emptied before each start."""
        return self.root / "scratch"

    @property
    def desired(self) -> Path:
        """What the operator wants of each service: see `supervisor.desired`."""
        return self.root / "desired.json"

    @property
    def edge_file(self) -> Path:
        """Tells clients the addresses and the authority: see `announce`."""
        return self.root / "edge.json"

    def check(self) -> None:
        """Raise StateFolderUnusable when something else than a folder is in the way; an absent folder is fine."""
        try:
            for place in (self.root, *self.root.parents):
                if place.exists():
                    if not place.is_dir():
                        raise StateFolderUnusable(self.root, f"{place} is not a folder")
                    return
        except OSError as error:
            raise StateFolderUnusable(self.root, _reason(error)) from None

    def create(self) -> None:
        """Make the folders, closed to other users; raises StateFolderUnusable."""
        self.check()
        for folder in (
            self.root, self.run, self.logs, self.pki, self.secrets, self.envoy, self.postgres, self.redis,
            self.versions, self.scratch,
        ):  # fmt: skip
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StateFolderUnusable(self.root, f"{folder} cannot be made ({_reason(error)})") from None
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise StateFolderUnusable(self.root, f"{folder} may not be written")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def write_private(path: Path, data: str | bytes) -> None:
    """Write a file that only its owner reads, all or nothing."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
