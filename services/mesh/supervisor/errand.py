"""What a service does once before it serves: a process that runs to its end."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

from services.mesh.settings import Mode
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.logfile import open_log
from services.mesh.supervisor.replica import environment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.mesh.supervisor.replica import Surroundings
    from services.mesh.topology import Service
    from services.mesh.versions.release import Release

_TOKEN_PATH = "/oauth2/token"  # noqa: S105 (where tokens are, not one of them)


async def migrate(service: Service, release: Release, around: Surroundings) -> None:
    """Run the service's migrations, as the release has them, to their end; raises StartFailed.

    PostgreSQL takes a migration that is ended back as a whole.
    """
    owner = {"MALHA_DATABASE_URL_FILE": str(around.database_owner_url)}
    await _run(service, release, around, ("migrate",), owner)


async def bootstrap(service: Service, release: Release, around: Surroundings) -> None:
    """Let the service make what nobody could get in without; raises StartFailed.

    What it makes for the first time it writes to files that only their owner reads: the administrator's password to
    `Layout.administrator`, and, unless this is production, the developer's credentials to `Layout.credentials`.
    """
    layout, settings = around.layout, around.settings
    arguments = ["bootstrap", "--administrator", str(layout.administrator)]
    if settings.mode is Mode.PRODUCTION:
        shutil.rmtree(layout.credentials.parent, ignore_errors=True)  # of the time when it was none
    else:
        arguments += ["--credentials", str(layout.credentials), "--token-endpoint", settings.issuer_url + _TOKEN_PATH]
    await _run(service, release, around, arguments)


async def _run(
    service: Service,
    release: Release,
    around: Surroundings,
    arguments: Sequence[str],
    more: Mapping[str, str] | None = None,
) -> None:
    what = arguments[0]
    path = around.layout.logs / f"{service.name}-{what}.log"
    log = open_log(path)
    try:
        process = await asyncio.create_subprocess_exec(
            release.interpreter, "-m", service.module, *arguments,
            env={**environment_of(service, release, around), "MALHA_REPLICA": f"{service.name}-{what}", **(more or {})},
            cwd=release.folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    finally:
        os.close(log)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if code != 0:
        end = "\n".join(path.read_text(errors="replace").splitlines()[-20:])
        raise StartFailed(f"{what} of {service.name} ended with {code}; see {path}\n{end}".rstrip(), service.name)
