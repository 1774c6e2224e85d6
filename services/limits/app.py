"""The composition root of the limiter: settings in, a running server out."""

from __future__ import annotations

import asyncio

from services.limits.adapters.policy_file import PolicyFile
from services.limits.adapters.redis_windows import RedisWindows
from services.limits.adapters.tally import PrometheusTally
from services.limits.errors import error_map
from services.limits.ports import Windows
from services.limits.replica import LimitsReplica
from services.limits.rpc.decisions import route
from services.limits.settings import LimitsSettings
from services.limits.usecases.decide import Decide
from services.runtime.health import Check
from services.runtime.lifespan import Lifespan
from services.runtime.logging import configure_logging
from services.runtime.redis import check as check_redis
from services.runtime.redis import make_redis
from services.runtime.registration import RedisRegistration
from services.runtime.telemetry import start_telemetry

# How often each dependency is asked, in seconds.
_CHECK_SECONDS = 2.0


async def serve(settings: LimitsSettings, *, windows: Windows | None = None) -> None:
    """Serve until told to stop. What is given takes the place of what the settings would make."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    policy = PolicyFile(settings.limits_file)

    async with Lifespan(stop_seconds=settings.grace_seconds) as lifespan:
        redis = make_redis(settings)
        lifespan.on_stop("redis", redis.aclose)
        kept = RedisWindows(redis)
        lifespan.on_stop("windows", kept.close)
        following = asyncio.create_task(policy.follow(), name="policy")
        lifespan.on_stop("policy", lambda: _cancel(following))

        tally = PrometheusTally(telemetry.registry, lambda: policy.problem)
        # Neither is needed to serve: Envoy has its own limits for when there is no decision.
        checks = (
            Check("redis", lambda: check_redis(redis), _CHECK_SECONDS, required=False),
            Check("policy", policy.check, _CHECK_SECONDS, required=False),
        )
        replica = LimitsReplica(
            settings,
            telemetry=telemetry,
            errors=error_map(),
            registration=RedisRegistration(redis, settings),
            routes=[route(Decide(policy, windows or kept, tally))],
            checks=checks,
        )
        await replica.run()
    telemetry.close()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
