"""Look again at somebody who proved to be somebody before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.directory.domain.subjects import Session, Subject
from services.identity.directory.ports import Unit, Units
from services.identity.directory.usecases.look_up import subject_now


@dataclass(frozen=True, slots=True)
class Resume:
    """See `Resumes`."""

    units: Units

    async def __call__(self, session: Session) -> Subject:
        """The subject as it is now; raises CredentialsInvalid when its sessions have ended."""
        async with self.units.unit(session.tenant) as unit:
            return await self.within(unit, session)

    async def within(self, unit: Unit, session: Session) -> Subject:
        """The same in a unit of the session's tenant."""
        subject = await subject_now(unit, session.name)
        if subject is None or subject.epoch != session.epoch:
            raise CredentialsInvalid
        return replace(subject, methods=session.methods, authenticated=session.authenticated, scopes=session.scopes)
