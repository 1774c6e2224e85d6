"""Signing keys come and go while tokens stay good; what ended is forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jwt
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.oauth.domain.sessions import digest_of
from services.runtime.secrets import KeyRing, Vault, create_keys
from tests.integration.identity.oauth import (
    OAuthServer,
    robot,
    running,
)


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_stays_for_its_tokens(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory)
    clock, keys = oauth.directory.clock, oauth.oauth.keys
    old = (await oauth.token(header, grant_type="client_credentials")).access_token
    clock.advance(timedelta(days=30) - timedelta(hours=1))
    await keys.look()
    assert len(keys.published()) == 2
    last = (await oauth.token(header, grant_type="client_credentials")).access_token
    assert _kid(last) == _kid(old), "the next key is published and does not sign yet"
    clock.advance(timedelta(hours=1))
    new = (await oauth.token(header, grant_type="client_credentials")).access_token
    assert _kid(new) != _kid(old), "it signs to the second, whenever the keys were looked at"
    await keys.look()
    assert (await oauth.claims(last)) and (await oauth.claims(new))
    clock.advance(timedelta(minutes=15))
    await keys.look()
    assert [key.id for key in keys.published()] == [_kid(new)]


async def test_replicas_that_start_at_once_share_one_key(oauth: OAuthServer, identity_engine: AsyncEngine) -> None:
    async with identity_engine.begin() as connection:
        await connection.execute(text("DELETE FROM identity.signing_keys"))
    await asyncio.gather(*(oauth.oauth.keys.look() for _ in range(4)))
    assert len(oauth.oauth.keys.published()) == 1


async def test_a_lost_encryption_key_costs_no_token(oauth: OAuthServer, tmp_path: Path) -> None:
    header = await robot(oauth.directory)
    before = (await oauth.token(header, grant_type="client_credentials")).access_token
    create_keys(tmp_path / "others")
    directory = replace(oauth.directory, vault=Vault(KeyRing(tmp_path / "others")))
    async with running(directory, tmp_path) as other:
        after = (await other.token(header, grant_type="client_credentials")).access_token
        assert _kid(after) != _kid(before)
        assert (await other.claims(before)) and (await other.claims(after))


async def test_what_ended_is_forgotten_and_nothing_else(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    clock = oauth.directory.clock
    old = await oauth.sign_in()
    await oauth.device()
    await oauth.revoke((await oauth.sign_in()).access_token)
    clock.advance(timedelta(days=89))
    new = await oauth.sign_in()
    clock.advance(timedelta(days=2))
    await oauth.oauth.forget()
    sessions = oauth.oauth.sessions
    assert await sessions.find(digest_of(old.refresh_token)) is None
    assert await sessions.find(digest_of(new.refresh_token)) is not None
    assert (await oauth.revocations()).revocations == []


def _kid(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid
