"""Follows the policy file while the limiter runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from services.limits.adapters.policy_document import read
from services.limits.domain.errors import PolicyUnusable
from services.limits.domain.policy import Policy

_LOG = structlog.get_logger("limits")
_LOOK_SECONDS = 0.5

_State = tuple[int, int, int] | None


class PolicyFile:
    """The last good policy of a file that may be replaced, or written to, at any time."""

    def __init__(self, path: Path) -> None:
        """Raises PolicyUnusable: without a policy there is nothing to decide by."""
        self._path = path
        self._seen = self._look()
        self._policy = read(path).policy()
        self.problem = ""
        """What is wrong with the file as it is now; empty when it is the one in force."""

    @property
    def policy(self) -> Policy:
        """The last good one."""
        return self._policy

    async def check(self) -> None:
        """Raises PolicyUnusable while the file is not the policy in force."""
        if self.problem:
            raise PolicyUnusable(self.problem)

    async def follow(self) -> None:
        """Takes over every good change, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.refresh()

    async def refresh(self) -> None:
        """Looks once. A file that cannot be used changes nothing, and is told once for each of its states."""
        seen = self._look()
        if seen == self._seen:
            return
        try:
            policy = (await asyncio.to_thread(read, self._path)).policy()
        except PolicyUnusable as error:
            self.problem = error.problem
            _LOG.error("the policy file cannot be used; the last good one holds", problem=error.problem)
        else:
            self._policy, self.problem = policy, ""
            _LOG.info("policy taken over", path=str(self._path))
        self._seen = seen

    def _look(self) -> _State:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
