"""Kills the rotation of identities before each of its writes, one after the other, and looks at what is left.

A program of its own, since it forks: `python -m tests.support.killed_rotation FOLDER` prints, for each scenario, how
often it killed and what it found wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509

from services.mesh.identity import Rotation
from services.runtime.identity.files import IdentityFolder, IdentityUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.runtime.identity.files import Identity

WORKLOADS = ("envoy", "echo")
_WRITES = {"os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir"}

SCENARIOS: dict[str, Callable[[Rotation], Any]] = {
    "ensure": lambda rotation: rotation.ensure(),
    "rotate": lambda rotation: asyncio.run(rotation.rotate()),
    "authority": lambda rotation: asyncio.run(rotation.rotate(authority=True)),
}


def main(folder: Path) -> None:
    """Prints the report."""
    print(json.dumps({name: _scenario(folder / name, name) for name in SCENARIOS}))  # noqa: T201 - its output


def _scenario(folder: Path, name: str) -> dict[str, Any]:
    wrong: list[str] = []
    number = 0
    while True:
        number += 1
        root = folder / str(number)
        root.mkdir(parents=True)
        rotation = Rotation(root, WORKLOADS, 60.0, settle_seconds=0.0)
        if name != "ensure":
            rotation.ensure()
        finished = _killed_at(number, lambda: SCENARIOS[name](rotation))  # noqa: B023 - called at once
        wrong += [f"before write {number}: {what}" for what in _left_by_kill(root, complete=name != "ensure")]
        Rotation(root, WORKLOADS, 60.0).ensure()
        wrong += [f"healed after write {number}: {what}" for what in _healed(root)]
        shutil.rmtree(root)
        if finished:
            return {"kills": number - 1, "wrong": wrong}


def _killed_at(number: int, work: Callable[[], object]) -> bool:
    """Does `work` in a child that dies before its write of that number; whether it came to its end."""
    child = os.fork()
    if child == 0:
        writes = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal writes
            opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if opened or event in _WRITES:
                writes += 1
                if writes == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _left_by_kill(root: Path, *, complete: bool) -> list[str]:
    """What a reader must never see: files that do not fit together, or a peer that it does not trust."""
    identities = []
    for name in WORKLOADS:
        try:
            identities.append(IdentityFolder(root / "identity" / name).last)
        except IdentityUnreadable:
            if complete:
                return [f"{name} cannot be read"]
    return [
        f"{reader.workload} does not trust {shown.workload}"
        for reader in identities
        for shown in identities
        if not _trusts(reader, shown)
    ]


def _healed(root: Path) -> list[str]:
    authorities = [path for path in (root / "identity" / "authority").iterdir() if not path.is_symlink()]
    wrong = _left_by_kill(root, complete=True)
    return [*wrong, *([f"{len(authorities)} authorities"] if len(authorities) != 1 else [])]


def _trusts(reader: Identity, shown: Identity) -> bool:
    certificate = x509.load_pem_x509_certificate(shown.certificate)
    for authority in x509.load_pem_x509_certificates(reader.bundle):
        if authority.subject == certificate.issuer:
            certificate.verify_directly_issued_by(authority)
            return True
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
