"""Who asks for a change, and how far that one's arm reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.identity.directory.domain.errors import Escalation
from services.identity.directory.domain.subjects import SubjectName


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf a call is made; `subject` is a resource name, `permissions` what its token permits, and
    `session` the one that the token belongs to."""

    tenant: str
    subject: str
    permissions: Collection[str]
    session: str = ""

    def reach(self, wanted: Iterable[str]) -> None:
        """Returns if the actor holds all that is `wanted`, so that giving it is no escalation; raises Escalation."""
        for permission in sorted(wanted):
            if permission not in self.permissions:
                raise Escalation(permission)

    def is_one(self, name: SubjectName) -> bool:
        """Whether this is the actor itself."""
        return self.subject == str(name)

    @property
    def name(self) -> SubjectName | None:
        """The actor's name in the directory; None where nothing is guarded, and nobody is anybody."""
        try:
            return SubjectName.parse(self.subject)
        except ValueError:
            return None
