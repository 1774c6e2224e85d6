"""While tokens are issued nobody changes what they rest on, and the other way round."""

from __future__ import annotations

import asyncio

from malha.identity.v1 import user_service_pb2 as user_pb
from sqlalchemy import text

from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.usecases.mint import Asked
from services.identity.revocations.domain import RevocationKind, revocation
from services.runtime.auth import Principal
from tests.integration.identity.directory_rpcs import Rpcs
from tests.integration.identity.oauth import OAuthServer, basic, refusal
from tests.integration.identity.servers import Servers
from tests.support.waiting import eventually


async def _somebody_waits(oauth: OAuthServer) -> bool:
    """Whether a transaction waits for tokens that are issued, or for a change of what they rest on."""
    async with oauth.directory.engine.connect() as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(await connection.scalar(text(waiting)))


async def test_a_change_waits_for_tokens_that_are_being_issued_and_takes_them_back(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal
) -> None:
    ana = await oauth.directory.add_user("ana")
    disabled = user_pb.User(name=str(ana.name), disabled=True)
    proved = (await oauth.directory.sign_in("ana")).session
    async with oauth.oauth.units.unit(ana.tenant) as unit:
        await unit.issuing()
        change = asyncio.create_task(rpcs(admin, user_pb.UpdateUserRequest(user=disabled)))
        await eventually(lambda: _somebody_waits(oauth))
        asked = Asked(GrantType.PASSWORD, "malha-cli", "")
        answer = await oauth.oauth.servicer.to_person.begin(unit, proved, None, asked)
        await unit.commit()
    await change
    assert await servers.takes(answer.access_token) == [False]


async def test_who_asks_for_a_token_during_a_change_gets_what_is_true_after_it(oauth: OAuthServer) -> None:
    directory = oauth.directory
    account = await directory.add_account()
    key, new = await directory.add_key(account.name)
    async with directory.units.unit(directory.tenant) as unit:
        await unit.issued.changing()
        header = basic(key.prefix, new.secret)
        asked = asyncio.create_task(refusal(oauth.token(header, grant_type="client_credentials")))
        await eventually(lambda: _somebody_waits(oauth))
        now = directory.clock.now()
        await unit.issued.take_back(revocation(RevocationKind.SESSION, key.session, now), now=now)
        await unit.commit()
    assert (await asked).error == "invalid_client"
