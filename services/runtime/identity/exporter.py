"""Sends spans to the mesh's own receiver, under this workload's identity."""

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.spiffe import MESH, server_name

_TIMEOUT_SECONDS = 5.0


class RotatingExporter(SpanExporter):
    """An OTLP exporter that is made anew when the identity has rotated. Called by one thread at a time."""

    def __init__(self, address: str, folder: IdentityFolder) -> None:
        """`address` is `host:port` of the supervisor's server."""
        self._address = address
        self._folder = folder
        self._identity = folder.latest()
        self._exporter = self._open()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends the spans; tries again for some seconds while the receiver does not answer."""
        identity = self._folder.latest()
        if identity is not self._identity:
            self._identity = identity
            self._exporter.shutdown()
            self._exporter = self._open()
        return self._exporter.export(spans)

    def shutdown(self) -> None:
        """Closes the connection."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return True

    def _open(self) -> OTLPSpanExporter:
        options: tuple[tuple[str, object], ...] = (
            ("grpc.ssl_target_name_override", server_name(MESH)),
            ("grpc.use_local_subchannel_pool", 1),
        )
        return OTLPSpanExporter(
            endpoint=self._address,
            insecure=False,
            credentials=channel_credentials(self._identity),
            timeout=_TIMEOUT_SECONDS,
            channel_options=options,  # type: ignore[arg-type]  # annotated as a tuple of exactly one pair
        )
