"""Say what people call somebody."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.ports import Units
from services.identity.directory.usecases.look_up import find


@dataclass(frozen=True, slots=True)
class Describe:
    """See `Describes`."""

    units: Units

    async def __call__(self, tenant: str, subject: SubjectName) -> str:
        """The display name."""
        async with self.units.unit(tenant) as unit:
            found = await find(unit, subject)
        return "" if found is None else found.display_name
