"""Look at a subject as it is now; shared by the use cases that know who it is."""

from __future__ import annotations

from datetime import UTC, datetime

from services.identity.directory.domain.subjects import Subject, SubjectKind, SubjectName
from services.identity.directory.domain.users import ServiceAccount, User
from services.identity.directory.ports import Unit

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def subject_now(unit: Unit, name: SubjectName) -> Subject | None:
    """The subject, proved by nothing; None when it is gone or disabled, or its tenant is."""
    tenant = await unit.tenants.get(unit.tenant)
    found = await find(unit, name)
    if found is None or found.disabled or tenant is None or tenant.disabled:
        return None
    user = found if isinstance(found, User) else None
    return Subject(
        name=name,
        tenant=tenant.id,
        tier=(found.tier if isinstance(found, ServiceAccount) else None) or tenant.tier,
        display_name=found.display_name or str(name),
        methods=frozenset(),
        authenticated=_NEVER,
        epoch=found.epoch,
        must_change_password=user is not None and user.must_change_password,
    )


async def find(unit: Unit, name: SubjectName) -> User | ServiceAccount | None:
    """The user or service account of that name."""
    if name.kind is SubjectKind.USER:
        return await unit.users.get(name.id)
    return await unit.accounts.get(name.id)
