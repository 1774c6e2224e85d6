"""What is done with API keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.errors import FieldWrong, NotFound
from services.identity.directory.domain.keys import ApiKey, NewKey
from services.identity.directory.domain.subjects import SubjectKind, SubjectName
from services.identity.directory.ports import Unit
from services.identity.directory.usecases.look_up import find
from services.identity.directory.usecases.powers import Powers
from services.identity.revocations.domain import RevocationKind, revocation
from services.runtime.clock import Clock

DEFAULT_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)
# Who may have a hand in the keys of others.
_MINDS = {
    SubjectKind.USER: "identity.users.update",
    SubjectKind.SERVICE_ACCOUNT: "identity.serviceAccounts.update",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The changes of keys, each within a unit that somebody else commits."""

    powers: Powers
    clock: Clock

    async def get(self, unit: Unit, actor: Actor, key: UUID) -> ApiKey:
        """The key, if the actor may see it; raises NotFound."""
        found = await unit.keys.get(key)
        if found is None or not self.minds(actor, found.owner):
            raise NotFound("ApiKey", f"apiKeys/{key}")
        return found

    def minds(self, actor: Actor, owner: SubjectName) -> bool:
        """Whether the actor may see and revoke the keys of `owner`."""
        return actor.is_one(owner) or _MINDS[owner.kind] in actor.permissions

    async def owner_to_list(self, unit: Unit, actor: Actor, owner: str) -> SubjectName | None:
        """Whose keys are meant by `owner`, a name, empty for the actor's own or `-` for everybody's (None); raises
        NotFound."""
        if owner == "-":
            actor.reach(_MINDS.values())
            return None
        name = SubjectName.parse(owner) if owner else self._self(actor)
        if not self.minds(actor, name) or await find(unit, name) is None:
            raise NotFound("Subject", str(name))
        return name

    async def create(
        self,
        unit: Unit,
        actor: Actor,
        owner: SubjectName | None,
        display_name: str,
        scopes: frozenset[str] | None,
        expire_time: datetime | None,
    ) -> tuple[ApiKey, NewKey]:
        """A new key; raises NotFound, Escalation, PermissionUnknown, FieldWrong."""
        name = owner or self._self(actor)
        self.powers.known(scopes or frozenset())
        if not self.minds(actor, name) or await find(unit, name) is None:
            raise NotFound("Subject", str(name))
        if name.kind is SubjectKind.USER and not actor.is_one(name):
            raise FieldWrong("api_key.owner", "only users themselves make keys of theirs")
        # Nobody shows a code with a key, so what needs one is out of its reach.
        gives = await self.powers.of(unit, name, without_code=True)
        actor.reach(gives if scopes is None else gives & scopes)
        now, new = self.clock.now(), NewKey.make()
        key = ApiKey(
            id=uuid4(),
            tenant=unit.tenant,
            owner=name,
            prefix=new.prefix,
            display_name=display_name,
            scopes=scopes,
            create_time=now,
            expire_time=self._end(now, expire_time),
            last_use_time=None,
            revoke_time=None,
        )
        await unit.keys.add(key, new.digest)
        return key, new

    async def revoke(self, unit: Unit, actor: Actor, key: UUID) -> ApiKey:
        """The key, which opens nothing any more; raises NotFound."""
        await unit.issued.changing()
        found = await self.get(unit, actor, key)
        if found.revoke_time is not None:
            return found
        now = self.clock.now()
        revoked = replace(found, revoke_time=now)
        await unit.keys.save(revoked)
        await unit.issued.take_back(revocation(RevocationKind.SESSION, found.session, now), now=now)
        return revoked

    def _end(self, now: datetime, wanted: datetime | None) -> datetime:
        end = wanted or now + DEFAULT_LIFE
        if not now < end <= now + LONGEST_LIFE:
            raise FieldWrong("api_key.expire_time", f"a key ends after now, and within {LONGEST_LIFE.days} days")
        return end

    def _self(self, actor: Actor) -> SubjectName:
        if actor.name is None:
            raise FieldWrong("api_key.owner", "nobody is signed in: say whose key it is")
        return actor.name
