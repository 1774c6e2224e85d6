"""The flags of one process: OpenFeature's client over the file, which is watched."""

import asyncio
import itertools
from collections.abc import Collection
from pathlib import Path

import structlog
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.hook import Hook, HookContext, HookHints
from prometheus_client import CollectorRegistry, Gauge

from services.runtime.auth import Principal
from services.runtime.call import current_or_none
from services.runtime.flags.definition import FlagsInvalid
from services.runtime.flags.file import FlagsFile
from services.runtime.flags.provider import FileProvider

_LOG = structlog.get_logger("flags")
_LOOK_SECONDS = 0.5
# OpenFeature keeps providers by domain for the whole process; tests have several servers in one.
_DOMAINS = itertools.count()


class Flags:
    """What is switched on, and for whom.

    `client` is OpenFeature's: whatever it is asked during a call, it answers for the call's principal. A flag that the
    file does not name has the asker's default. A file that becomes unusable changes nothing: the last good values stay,
    the log says why, and `malha_flags_stale` is 1 until the file is mended. Without
    a path there are no flags but defaults.
    """

    def __init__(self, path: Path | None, registry: CollectorRegistry) -> None:
        self._file = FlagsFile(path)
        self._provider = FileProvider(path)
        self._switches: frozenset[str] = frozenset()
        self._stale = Gauge(
            "malha_flags_stale", "1 while the file of flags is unusable and older values are in use.", registry=registry
        )
        domain = f"malha-{next(_DOMAINS)}"
        api.set_provider_and_wait(self._provider, domain)
        self.client: OpenFeatureClient = api.get_client(domain)
        self.client.add_hooks([_OfTheCall()])

    def load(self, switches: Collection[str] = ()) -> None:
        """Reads the file for the first time; `switches` are flags that have to be true or false.

        Raises:
            FlagsInvalid: the file is there and unusable. There are no earlier values to go on with, and defaults could
                switch on what somebody has switched off.
        """
        self._switches = frozenset(switches)
        try:
            self._provider.adopt(self._file.load(self._switches))
        except FlagsInvalid as error:
            raise FlagsInvalid(f"{self._file.path}: {error}") from None

    def enabled(self, feature: str) -> bool:
        """Whether a feature is on for the principal of the current call; one that the file does not name is on."""
        return self.client.get_boolean_value(feature, default_value=True)

    async def watch(self) -> None:
        """Takes over what the file says whenever it has changed, within a second or so; until cancelled."""
        while self._file.path is not None:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._file.changed():
                self._reload()

    def _reload(self) -> None:
        try:
            flags = self._file.load(self._switches)
        except FlagsInvalid as error:
            self._stale.set(1)
            self._provider.emit_provider_stale(ProviderEventDetails(message=str(error)))
            _LOG.error("flags unusable: the last good values stay", file=str(self._file.path), detail=str(error))
            return
        changed = self._provider.adopt(flags)
        self._stale.set(0)
        self._provider.emit_provider_ready(ProviderEventDetails())
        _LOG.info("flags loaded", file=str(self._file.path), changed=changed)


def context_of(principal: Principal | None) -> EvaluationContext:
    """What rules may ask about a principal; about nobody, nothing."""
    if principal is None:
        return EvaluationContext()
    return EvaluationContext(principal.subject, {"tenant": principal.tenant, "tier": principal.tier})


class _OfTheCall(Hook):
    """Tells OpenFeature for whom a flag is asked."""

    def before(self, hook_context: HookContext, hints: HookHints) -> EvaluationContext | None:
        call = current_or_none()
        return None if call is None else context_of(call.principal)
