"""The embedded PostgreSQL: one data folder, loopback TCP with passwords, no Unix socket."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
from typing import TYPE_CHECKING

import asyncpg

from services.mesh.layout import write_private
from services.mesh.settings import inherited_environment
from services.mesh.supervisor import unprivileged
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.ports import free_port
from services.mesh.supervisor.unit import Command
from services.mesh.topology import Backing
from services.mesh.versions.release import PROJECT
from services.runtime.db import roles

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.layout import Layout

_ADMIN = "postgres"
_DATABASE = "malha"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Its path would have to be shorter than 108 bytes, which a state folder's need not be.
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "120",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_duration_statement": "1000",
    # Of a slow or a refused statement the text alone is told: what it was given belongs to users.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "idle_in_transaction_session_timeout": "60000",
}


class Postgres:
    """The program; `url_file` holds the URL that services connect with, `owner_url_file` that of their migrations."""

    name: str = Backing.POSTGRES
    component: str = Backing.POSTGRES
    stop_signal = signal.SIGINT  # "fast": ends sessions, keeps everything committed
    stop_seconds = 20.0
    start_seconds = 60.0

    def __init__(self, layout: Layout, binaries: Path) -> None:
        self._layout = layout
        self._binaries = binaries
        self._data = layout.postgres / "data"
        self._port = free_port()
        self._provisioned = False
        self._user: pwd.struct_passwd | None = unprivileged.pick_user() if os.geteuid() == 0 else None
        self.url_file = layout.secrets / "database-url"
        self.owner_url_file = layout.secrets / "database-owner-url"

    async def prepare(self) -> Command:
        """Create the data folder on the first run."""
        if not (self._data / "PG_VERSION").exists():
            await self._initialise()
        self._own(self._layout.postgres)
        settings = {**_SETTINGS, "port": self._port}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        argv = self._as_user([str(self._binaries / "postgres"), "-D", str(self._data), *options])
        return Command(tuple(argv), self._environment(), PROJECT, f"127.0.0.1:{self._port}")

    async def probe(self) -> None:
        """A query over a fresh connection; the first time also makes roles and database."""
        if not self._provisioned:
            await self._provision()
            self._provisioned = True
        connection = await self._connect(roles.SERVICE, "database-service", _DATABASE)
        try:
            await connection.execute("SELECT 1")
        finally:
            await connection.close(timeout=1)

    async def stopping(self) -> None:
        """Nothing to do: the signal is enough."""

    async def _initialise(self) -> None:
        """Make the data folder aside and put it in place when it is whole, so that a kill leaves none or a good one."""
        fresh = self._layout.postgres / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._layout.postgres / "password"
        write_private(password, self._password("database-admin"))
        self._own(self._layout.postgres)
        self._own(password)
        argv = self._as_user([
            str(self._binaries / "initdb"), "-D", str(fresh), "-U", _ADMIN, "--auth=scram-sha-256",
            f"--pwfile={password}", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C",
            "--builtin-locale=C.UTF-8", "--data-checksums",
        ])  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *argv, cwd=PROJECT, env=self._environment(),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        output, _ = await process.communicate()
        password.unlink(missing_ok=True)
        if process.returncode != 0:
            raise StartFailed(f"initdb failed:\n{output.decode(errors='replace')}")
        fresh.rename(self._data)

    async def _provision(self) -> None:
        """Make the two roles and the database, idempotently, and write their URLs."""
        # Its name is older than the service role, which the folders of that time do not have yet.
        owner, service = self._password("database"), self._password("database-service")
        admin = await self._connect(_ADMIN, "database-admin", "postgres")
        try:
            await roles.provide_owner(admin, owner, _DATABASE)
        finally:
            await admin.close(timeout=1)
        inside = await self._connect(_ADMIN, "database-admin", _DATABASE)
        try:
            await roles.provide_service(inside, service, _DATABASE)
        finally:
            await inside.close(timeout=1)
        write_private(self.owner_url_file, self._url(roles.OWNER, owner))
        write_private(self.url_file, self._url(roles.SERVICE, service))

    def _url(self, role: str, password: str) -> str:
        return f"postgresql+asyncpg://{role}:{password}@127.0.0.1:{self._port}/{_DATABASE}"

    async def _connect(self, user: str, secret: str, database: str) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(
            host="127.0.0.1", port=self._port, user=user, password=self._password(secret), database=database,
            timeout=1.5, ssl=False,
        )  # fmt: skip

    def _password(self, name: str) -> str:
        path = self._layout.secrets / f"{name}-password"
        if not path.exists():
            write_private(path, secrets.token_hex(24))
        return path.read_text()

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _environment(self) -> dict[str, str]:
        # Whoever PostgreSQL runs as has no business in our home.
        return inherited_environment() | ({"HOME": "/", "USER": self._user.pw_name} if self._user else {})

    def _as_user(self, argv: list[str]) -> list[str]:
        if self._user is None:
            return argv
        return unprivileged.command(self._user, [self._layout.postgres / "data", self._binaries / "postgres"], argv)
