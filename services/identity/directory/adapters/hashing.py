"""Argon2id, on threads of its own: a hash takes tens of milliseconds of one processor, which no event loop has."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.identity.directory.domain.passwords import LONGEST, normalised
from services.runtime.exceptions import Overloaded

R = TypeVar("R")

# OWASP's Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes and one lane. RFC 9106's second choice (64 MiB,
# three passes, four lanes) costs some five times as much, more than a login may here.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
# A login that waits for longer than its call may take is work for nobody; at 30 hashes a second this is about two
# seconds for each thread.
_WAITING_PER_THREAD = 64


class Argon2Passwords:
    """Hashes passwords and checks them; `threads` at a time, and no more waiting than can be done in time."""

    def __init__(
        self, threads: int | None = None, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES, lanes: int = LANES
    ) -> None:
        threads = threads or os.cpu_count() or 1
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._most = threads * _WAITING_PER_THREAD
        self._waiting = 0
        # Nobody's password, for the checks of users who do not exist; it costs what all others cost.
        self._nobody = self._hasher.hash(os.urandom(16))

    async def hash(self, password: str) -> str:
        """The hash to keep of a password.

        Raises:
            Overloaded: too many passwords wait.
        """
        return await self._run(self._hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether `kept` is a hash of this password. Takes as long for None, which no password has.

        Raises:
            Overloaded: too many passwords wait.
        """
        return await self._run(self._verify, kept, password)

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    async def close(self) -> None:
        """Ends the threads; what waits is not done any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., R], *arguments: object) -> R:
        if self._waiting >= self._most:
            raise Overloaded(self._most)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_bytes(password))

    def _verify(self, kept: str | None, password: str) -> bool:
        # Longer than any password is: the work is done all the same, so that it says nothing.
        somebody = kept is not None and len(password) <= LONGEST
        try:
            found = self._hasher.verify(kept if kept is not None else self._nobody, _bytes(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return found and somebody


def _bytes(password: str) -> bytes:
    return normalised(password).encode("utf-8", "surrogatepass")
