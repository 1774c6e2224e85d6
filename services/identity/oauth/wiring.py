"""Puts the tokens' area together: settings and the directory's answers in, one servicer and its chores out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory.ports import (
    Authenticates,
    AuthenticatesClient,
    Describes,
    FindsPermissions,
    Resumes,
    Unit,
)
from services.identity.oauth.adapters.ed25519 import Ed25519Chest, Ed25519Reader
from services.identity.oauth.adapters.postgres.devices import PostgresDeviceStore
from services.identity.oauth.adapters.postgres.keys import PostgresKeyStore
from services.identity.oauth.adapters.postgres.sessions import PostgresSessionStore
from services.identity.oauth.adapters.postgres.units import Foundation, PostgresUnits
from services.identity.oauth.domain.devices import DevicePolicy
from services.identity.oauth.domain.keys import KeyPolicy
from services.identity.oauth.domain.sessions import SessionPolicy
from services.identity.oauth.rpc.servicer import OAuthServicer
from services.identity.oauth.usecases.authorize_device import AuthorizeDevice
from services.identity.oauth.usecases.begin_session import BeginSession
from services.identity.oauth.usecases.decide_on_device import AskPerson, DecideWithTicket, DecideWithToken
from services.identity.oauth.usecases.end_session import EndSession
from services.identity.oauth.usecases.forget import Forget
from services.identity.oauth.usecases.grant_to_client import GrantToClient
from services.identity.oauth.usecases.grant_to_device import GrantToDevice
from services.identity.oauth.usecases.grant_to_person import GrantToPerson, RecognisePerson
from services.identity.oauth.usecases.identify_client import IdentifyClient
from services.identity.oauth.usecases.introspect_token import IntrospectToken
from services.identity.oauth.usecases.keep_keys import KeepKeys
from services.identity.oauth.usecases.list_revocations import ListRevocations
from services.identity.oauth.usecases.mint import Mint
from services.identity.oauth.usecases.read_token import ReadToken
from services.identity.oauth.usecases.renew_session import RenewSession
from services.identity.oauth.usecases.revoke_token import RevokeToken
from services.identity.revocations.rows import PostgresRevocationStore
from services.identity.settings import IdentitySettings
from services.runtime.clock import Clock
from services.runtime.db import UnitOfWork
from services.runtime.secrets import Vault

# How often the signing keys are looked at, and how soon again when that fails; how often old rows are removed.
_LOOK_SECONDS, _RETRY_SECONDS = 30.0, 1.0
_FORGET_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRoles:
    """What the directory gives to the tokens' area."""

    authenticate: Authenticates
    authenticate_client: AuthenticatesClient
    resume: Resumes
    permissions_of: FindsPermissions
    describe: Describes
    within: Callable[[UnitOfWork], Unit]


class OAuth:
    """The area at work: its rpcs in `servicer`, its signing keys in `keys`."""

    def __init__(
        self,
        settings: IdentitySettings, engine: AsyncEngine, vault: Vault, directory: DirectoryRoles, clock: Clock,
    ) -> None:  # fmt: skip
        self._tasks: list[asyncio.Task[None]] = []
        life = settings.access_token_life
        self.sessions = PostgresSessionStore(engine)
        self.revocations = PostgresRevocationStore(engine)
        self.devices = PostgresDeviceStore(engine)
        foundation = Foundation(directory.within, directory.resume, directory.permissions_of)
        self.units = PostgresUnits(engine, foundation)
        policy = KeyPolicy(settings.signing_key_period, settings.signing_key_lead, life)
        self.keys = KeepKeys(PostgresKeyStore(engine), Ed25519Chest(vault), clock, policy)
        self.forget = Forget((self.sessions, self.revocations, self.devices), clock)
        self.servicer = self._servicer(settings, directory, clock)

    async def start(self) -> None:
        """Begins to look after keys and old rows. Comes back at once: a database that is away is waited for."""
        self._tasks = [
            asyncio.create_task(self.keys.keep_looking(_LOOK_SECONDS, _RETRY_SECONDS), name="signing keys"),
            asyncio.create_task(self.forget.keep_forgetting(_FORGET_SECONDS), name="forget tokens"),
        ]

    async def close(self) -> None:
        """Stops looking."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _servicer(self, settings: IdentitySettings, directory: DirectoryRoles, clock: Clock) -> OAuthServicer:
        life, issuer = settings.access_token_life, settings.needed_issuer()
        session_policy = SessionPolicy(settings.session_life, settings.session_idle)
        device_policy = DevicePolicy(settings.device_code_life, settings.device_interval, settings.most_devices)
        mint = Mint(self.keys, clock, issuer, life)
        begin = BeginSession(mint, clock, session_policy)
        end = EndSession(self.units, clock)
        recognise = RecognisePerson(directory.authenticate)
        read = ReadToken(Ed25519Reader(), self.keys, self.revocations, clock)
        resume, permissions_of = directory.resume, directory.permissions_of
        return OAuthServicer(
            issuer=issuer,
            identify=IdentifyClient(directory.authenticate_client, settings.public_clients),
            to_client=GrantToClient(mint, self.units),
            to_person=GrantToPerson(recognise, begin, self.units),
            to_device=GrantToDevice(self.devices, self.units, begin, clock),
            renew=RenewSession(mint, self.sessions, self.units, end, clock, session_policy),
            revoke=RevokeToken(read, self.sessions, end, self.units, clock),
            introspect=IntrospectToken(read, self.sessions, resume, permissions_of, clock),
            authorize_device=AuthorizeDevice(self.devices, clock, device_policy),
            ask_person=AskPerson(recognise, permissions_of, self.devices, self.units, clock),
            decide_with_ticket=DecideWithTicket(self.devices, self.units, clock),
            decide_with_token=DecideWithToken(self.devices, self.sessions, self.units, resume, permissions_of, clock),
            keys=self.keys,
            list_revocations=ListRevocations(self.revocations, clock),
            describe=directory.describe,
        )
