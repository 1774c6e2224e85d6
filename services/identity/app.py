"""The composition root of the identity service: settings in, a running server out."""

from __future__ import annotations

from malha.identity.v1.oauth_service_pb2_grpc import add_OAuthServiceServicer_to_server

from services.identity.audit.wiring import SERVICE as AUDIT_SERVICE
from services.identity.audit.wiring import AuditLog
from services.identity.directory.adapters.hashing import Argon2Passwords
from services.identity.directory.wiring import SERVICES as DIRECTORY_SERVICES
from services.identity.directory.wiring import Directory
from services.identity.errors import error_map
from services.identity.oauth.wiring import DirectoryRoles, OAuth
from services.identity.settings import IdentitySettings
from services.runtime import db
from services.runtime.auth.catalogue import all_permissions
from services.runtime.clock import Clock, SystemClock
from services.runtime.lifespan import Lifespan
from services.runtime.logging import configure_logging
from services.runtime.redis import check as check_redis
from services.runtime.redis import make_redis
from services.runtime.registration import RedisRegistration
from services.runtime.secrets import KeyRing, Vault
from services.runtime.server import ServerBuilder
from services.runtime.telemetry import start_telemetry

SERVICES = ("malha.identity.v1.OAuthService", AUDIT_SERVICE, *DIRECTORY_SERVICES)


async def serve(settings: IdentitySettings, *, clock: Clock | None = None) -> None:
    """Serve until told to stop. What is given takes the place of what the settings would make."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    clock = clock or SystemClock()
    errors = error_map()

    async with Lifespan(stop_seconds=settings.grace_seconds) as lifespan:
        redis = make_redis(settings)
        lifespan.on_stop("redis", redis.aclose)
        database = db.make_engine(settings)
        lifespan.on_stop("database", database.dispose)
        passwords = Argon2Passwords()
        lifespan.on_stop("passwords", passwords.close)

        vault = Vault(KeyRing(settings.needed_keys_file()))
        log = AuditLog(database, telemetry.registry, settings.state_dir, settings.audit_retention)
        await log.run(lifespan)
        directory = Directory(database, vault, passwords, all_permissions(), clock, log.put)
        await lifespan.start("ledger", directory.ledger.start, directory.ledger.close)
        await lifespan.start("refusals", directory.refusals.start, directory.refusals.close)
        roles = DirectoryRoles(
            authenticate=directory.authenticate,
            authenticate_client=directory.authenticate_client,
            resume=directory.resume,
            permissions_of=directory.permissions_of,
            describe=directory.describe,
            within=directory.units.within,
        )
        oauth = OAuth(settings, database, vault, roles, clock)
        await lifespan.start("tokens", oauth.start, oauth.close)

        server = ServerBuilder(
            settings,
            telemetry=telemetry,
            errors=errors,
            registration=RedisRegistration(redis, settings),
            required_services=SERVICES,
            redis=redis,
            extra_stages=[log.stage],
        )
        server.add(add_OAuthServiceServicer_to_server, oauth.servicer)
        directory.serve(server)
        log.serve(server)
        server.health("database", lambda: db.check(database))
        server.health("signing key", oauth.keys.check)
        server.health("redis", lambda: check_redis(redis), required=False)
        await server.run()
    telemetry.close()
