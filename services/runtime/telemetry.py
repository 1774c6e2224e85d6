"""Traces and metrics of one process. Traces that nobody collects are not made."""

from importlib import import_module
from typing import Any

from opentelemetry import trace
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from services.runtime.identity.files import IdentityFolder
from services.runtime.settings import RuntimeSettings

# Who asks for a trace has just made it, and does not want to wait the usual five seconds.
_EXPORT_MILLISECONDS = 1_000


class EndpointUnusable(Exception):
    """Spans cannot be sent where the settings say."""


class Telemetry:
    """Where a process puts its spans and figures.

    `tracer` is None when traces are off, so that a chain without collector has no tracing stage at all.
    """

    def __init__(self, registry: CollectorRegistry, provider: Any = None) -> None:
        self.registry = registry
        self._provider = provider

    @property
    def tracer(self) -> trace.Tracer | None:
        """Makes spans; None when traces are off."""
        return None if self._provider is None else self._provider.get_tracer("malha")

    def close(self) -> None:
        """Sends what is still buffered; waits a few seconds at most."""
        if self._provider is not None:
            self._provider.shutdown()


def start_telemetry(settings: RuntimeSettings) -> Telemetry:
    """Telemetry as the settings ask: figures always, traces when there is an OTLP endpoint."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a moment of birth beside each counter doubles the page and helps nobody
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    if settings.otlp_endpoint is None:
        return Telemetry(registry)
    provider = _exporting_provider(settings, settings.otlp_endpoint)
    trace.set_tracer_provider(provider)
    return Telemetry(registry, provider)


def _exporting_provider(settings: RuntimeSettings, endpoint: str) -> Any:
    # Imported here: the SDK and its exporter take a third of a second that a process without traces need not spend.
    sdk = import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    sampling = import_module("opentelemetry.sdk.trace.sampling")
    resources = import_module("opentelemetry.sdk.resources")
    resource = resources.Resource.create(
        {
            "service.name": settings.component,
            "service.instance.id": settings.replica,
            "service.version": settings.version,
            "service.namespace": "malha",
        }
    )
    provider = sdk.TracerProvider(
        resource=resource, sampler=sampling.ParentBased(sampling.TraceIdRatioBased(settings.trace_ratio))
    )
    exporter = _exporter(settings, endpoint)
    provider.add_span_processor(export.BatchSpanProcessor(exporter, schedule_delay_millis=_EXPORT_MILLISECONDS))
    return provider


def _exporter(settings: RuntimeSettings, endpoint: str) -> Any:
    scheme, _, address = endpoint.rpartition("://")
    if scheme == "mesh":
        if settings.identity_dir is None:
            raise EndpointUnusable("MALHA_OTLP_ENDPOINT names the mesh, which takes nothing without MALHA_IDENTITY_DIR")
        rotating = import_module("services.runtime.identity.exporter")
        return rotating.RotatingExporter(address, IdentityFolder(settings.identity_dir))
    otlp = import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
    return otlp.OTLPSpanExporter(endpoint=address, insecure=scheme != "https", timeout=5)
