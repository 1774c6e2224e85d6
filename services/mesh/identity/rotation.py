"""Keeps every workload's certificate fresh, and the authority behind them."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from services.mesh.identity.authorities import Authorities, AuthorityMissing
from services.mesh.identity.certificates import issue
from services.mesh.identity.generations import Generations
from services.runtime.identity.spiffe import is_workload, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from services.runtime.identity.files import Identity

AUTHORITY = "authority"
"""The folder of the authorities beside those of the workloads; no workload may be called so."""

# An authority lives as long as this many certificates: 90 days beside certificates of a day.
_AUTHORITY_LIVES = 90
# At two thirds of its life a certificate, or an authority, is replaced.
_RENEWED_SHARE = 1 / 3
# How long until every server, channel and Envoy has surely taken up a new bundle; see docs of `Rotation`.
_SETTLE_SECONDS = 2.0
# A clock that is set forward is noticed after this much at the latest.
_LONGEST_NAP = 30.0
_SHORTEST_NAP = 0.05
_RETRY_SECONDS = 1.0


class Issued(NamedTuple):
    """A certificate that was just issued."""

    workload: str
    spiffe_id: str
    serial: str
    not_after: datetime


class UnknownWorkload(Exception):
    """A rotation was asked for a workload that has no identity here."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(f"there is no workload {name!r} here; there are {', '.join(sorted(known))}")


class Rotation:
    """The identities below `<root>/identity`, one folder for each workload, and the task that renews them.

    A certificate is replaced when a third of its life is left; the old one stays valid that long, so that whoever has
    not looked yet goes on. An authority is replaced in three steps, each of them published to everyone before the next:
    prepare (both are trusted), activate (the new one issues), retire (the old one is trusted no more). In between,
    `settle_seconds` pass, within which every reader must look: servers do at each handshake, channels each quarter of
    a second, Envoy at once. A kill between any two writes leaves what the next `ensure` finishes.
    """

    def __init__(
        self,
        root: Path,
        workloads: Collection[str],
        lifetime_seconds: float,
        say: Callable[[str], None] = lambda _: None,
        *,
        settle_seconds: float = _SETTLE_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if wrong := [name for name in workloads if not is_workload(name) or name == AUTHORITY]:
            raise ValueError(f"no names of workloads: {', '.join(wrong)}")
        self._folder = root / "identity"
        self._authorities = Authorities(self._folder / AUTHORITY)
        self._workloads = {name: Generations(self._folder / name, name) for name in workloads}
        self._lifetime = lifetime_seconds
        self._say = say
        self._settle_seconds = settle_seconds
        self._clock = clock
        self._busy = asyncio.Lock()

    def ensure(self) -> list[Issued]:
        """Make and renew what is missing, damaged or due, and finish what was begun; before anything else starts.

        Nobody reads meanwhile, so no step waits for another. Returns what was issued.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        if self._authority_due() and not self._authorities.prepared():
            self._prepare()
        if self._authorities.prepared():
            self._authorities.activate()
        self._authorities.retire()
        return self._issue([name for name in self._workloads if self._due(name)])

    async def run(self) -> None:
        """Renew what comes due, until cancelled. A step that fails, for a full disk say, is said and tried again."""
        while True:
            try:
                await asyncio.sleep(self._nap())
                async with self._busy:
                    if self._authority_due() or self._authorities.unfinished():
                        await self._rotate_authority()
                    await asyncio.to_thread(self._issue, [name for name in self._workloads if self._due(name)])
            except Exception as error:  # without this task everything would end with its certificate
                self._say(f"certificates cannot be renewed ({type(error).__name__}); trying again")
                await asyncio.sleep(_RETRY_SECONDS)

    async def rotate(self, workload: str | None = None, authority: bool = False) -> list[Issued]:
        """Replace one certificate or all of them now; with `authority`, the authority and all certificates.

        Returns the new certificates; with `authority` after twice the settling time, when the old authority is trusted
        no more. Raises UnknownWorkload.
        """
        if workload is not None and workload not in self._workloads:
            raise UnknownWorkload(workload, self._workloads)
        async with self._busy:
            if authority:
                return await self._rotate_authority()
            return await asyncio.to_thread(self._issue, [workload] if workload else list(self._workloads))

    async def _rotate_authority(self) -> list[Issued]:
        """Goes on where an earlier rotation was interrupted."""
        everyone = list(self._workloads)
        if not self._authorities.unfinished():
            await asyncio.to_thread(self._prepare)
        if self._authorities.prepared():
            await asyncio.to_thread(self._issue, everyone)
            await asyncio.sleep(self._settle_seconds)
            self._authorities.activate()
        await asyncio.to_thread(self._issue, everyone)
        await asyncio.sleep(self._settle_seconds)
        self._authorities.retire()
        issued = await asyncio.to_thread(self._issue, everyone)
        self._say("the identity authority was replaced")
        return issued

    def _prepare(self) -> None:
        self._authorities.prepare(self._clock(), self._lifetime * _AUTHORITY_LIVES)

    def _issue(self, workloads: Collection[str]) -> list[Issued]:
        if not workloads:
            return []
        authority, bundle = self._authorities.active(), self._authorities.bundle()
        issued = []
        for name in workloads:
            now = self._clock()
            certified = issue(authority, name, now, self._lifetime)
            self._workloads[name].publish(certified, bundle, now)
            issued.append(Issued(name, spiffe_id(name), certified.serial, certified.expires_at))
        for name in workloads:
            with contextlib.suppress(OSError):  # what stays is removed the next time
                self._workloads[name].tidy(self._clock(), self._lifetime)
        return issued

    def _nap(self) -> float:
        """Seconds until the first certificate is due."""
        now = self._clock().timestamp()
        moments = [
            identity.expires_at - self._lifetime * _RENEWED_SHARE
            for generations in self._workloads.values()
            if (identity := generations.current())
        ]
        return min(max(_SHORTEST_NAP, min(moments, default=now) - now), _LONGEST_NAP)

    def _authority_due(self) -> bool:
        try:
            certificate = self._authorities.active().certificate
        except AuthorityMissing:
            return True
        now = self._clock()
        left = (certificate.not_valid_after_utc - now).total_seconds()
        # Not valid yet: the clock has gone back.
        return left <= self._lifetime * _AUTHORITY_LIVES * _RENEWED_SHARE or certificate.not_valid_before_utc > now

    def _due(self, workload: str) -> bool:
        identity = self._workloads[workload].current()
        if identity is None or identity.bundle != self._authorities.bundle():
            return True
        left = identity.expires_at - self._clock().timestamp()
        # Longer than certificates live now: it was issued under another setting, or the clock has gone back.
        return not self._lifetime * _RENEWED_SHARE < left <= self._lifetime + 1 or not self._sound(identity)

    def _sound(self, identity: Identity) -> bool:
        """Whether certificate and key are whole, belong together and come from the active authority."""
        try:
            certificate = x509.load_pem_x509_certificate(identity.certificate)
            certificate.verify_directly_issued_by(self._authorities.active().certificate)
            key = serialization.load_pem_private_key(identity.key, password=None)
        except Exception:  # whatever is wrong with it has the same cure: issue it again
            return False
        return key.public_key() == certificate.public_key()
