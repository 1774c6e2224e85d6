"""What is looked for before the tenant is known is open to whoever shows its secret, and to nobody else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.identity.oauth.domain.sessions import digest_of
from services.identity.shown import show
from services.runtime.db import Transaction, UnitOfWork
from tests.integration.identity.directory import PASSWORD
from tests.integration.identity.oauth import OAuthServer

_TABLES = ("key_prefixes", "refresh_tokens", "device_logins")


async def _seen(work: Transaction) -> dict[str, int]:
    counts = {}
    for table in _TABLES:
        counts[table] = await work.connection.scalar(text(f"SELECT count(*) FROM identity.{table}"))
    return counts


async def test_a_transaction_sees_what_it_shows_and_what_is_its_tenants(oauth: OAuthServer) -> None:
    engine, directory = oauth.directory.engine, oauth.directory
    user = await directory.add_user("ana")
    key, _ = await directory.add_key(user.name)
    answer, codes = await oauth.sign_in(), await oauth.device()
    none = dict.fromkeys(_TABLES, 0)
    for secret, table in (
        (None, ""), ("", ""), ("%", ""), (key.prefix, "key_prefixes"),
        (digest_of(answer.refresh_token), "refresh_tokens"), (digest_of(codes.device_code), "device_logins"),
        (codes.user_code.replace("-", ""), "device_logins"),
    ):  # fmt: skip
        async with Transaction(engine) as work:
            if secret is not None:
                await show(work, secret)
            assert await _seen(work) == none | ({table: 1} if table else {})
    async with UnitOfWork(engine, directory.tenant) as work:
        assert await _seen(work) == {"key_prefixes": 1, "refresh_tokens": 1, "device_logins": 0}


async def test_a_login_of_a_device_is_the_tenants_whose_person_proved_to_be_somebody(oauth: OAuthServer) -> None:
    engine, directory = oauth.directory.engine, oauth.directory
    await directory.add_user("ana")
    codes = await oauth.device()
    page = await oauth.page(user_code=codes.user_code, username=f"{directory.tenant}/ana", password=PASSWORD)
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    async with UnitOfWork(engine, directory.tenant) as work:
        assert (await _seen(work))["device_logins"] == 1
    async with Transaction(engine) as work:
        await show(work, digest_of(unescape(found[1])))
        assert (await _seen(work))["device_logins"] == 1
    with pytest.raises(DBAPIError, match="row-level security"):
        async with UnitOfWork(engine, "umbra") as work:
            await show(work, codes.user_code.replace("-", ""))
            await work.connection.execute(text("UPDATE identity.device_logins SET tenant = 'acme'"))


async def test_nobody_changes_what_is_not_shown(oauth: OAuthServer) -> None:
    engine, directory = oauth.directory.engine, oauth.directory
    await directory.add_user("ana")
    answer = await oauth.sign_in()
    async with UnitOfWork(engine, "umbra") as work:
        await show(work, digest_of(answer.refresh_token))
        for statement in ("UPDATE identity.refresh_tokens SET use_time = NULL", "DELETE FROM identity.refresh_tokens"):
            assert (await work.connection.execute(text(statement))).rowcount == 0
