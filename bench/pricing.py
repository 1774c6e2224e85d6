"""What the pricing service answers through the edge, and what a large refresh does to it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc
from google.protobuf.message import Message
from malha.pricing.v1 import catalog_service_pb2 as catalogue
from malha.pricing.v1 import question_service_pb2 as questions

from bench.pricing_load import CONNECTIONS, Call, Load, together
from bench.pricing_refresh import prices, refreshes
from bench.report import Section
from tests.support.mesh_process import Mesh, mesh

_SEARCH = "/malha.pricing.v1.CatalogService/SearchOffers"
_ASK = "/malha.pricing.v1.QuestionService/AskQuestion"
_INTERPRET = "/malha.pricing.v1.QuestionService/InterpretQuestion"
_STREAMS = (4, 16)
# Limits that are in force, and that nobody reaches.
_POLICY = """\
users: {free: 10/min, pro: 100/min, enterprise: 10_000_000/min}
anonymous: 1_000/min
global: 10_000_000/s
edge: {floor: 1_000_000/s, development_floor: 1_000_000/s, entrance: 1_000/min}
"""
FILTERS = (
    "",
    "vcpus >= 8 AND memory_gib >= 32",
    "purchase_option = ON_DEMAND AND operating_system = LINUX AND provider = AWS AND vcpus >= 4",
    'gpu_model = "H100"',
    "purchase_option = SPOT AND gpu_count >= 1",
    'instance_type = "m7i.large"',
    'region = "eu-*" AND hourly_price <= 0.5',
    "provider = GCP AND vcpus >= 16 AND hourly_price <= 2",
    "term_months = 36 AND payment_option = NO_UPFRONT",
    "architecture = ARM64 AND memory_gib >= 64",
)
QUESTIONS = (
    "cheapest 8 vCPU 32 GB VM in Europe",
    "how much is an m5.xlarge in us-east-1 for 200 hours a month?",
    "compare H100 prices across AWS, Azure and GCP",
    "qual a GPU A100 mais barata na AWS?",
    "recommend an instance with 16 vCPUs and 64 GB under $500 a month",
    "quanto custa uma c7g.large em São Paulo por mês?",
    "when does a one-year reservation of an m5.large in us-east-1 pay off?",
    "list spot instances with at least 4 vCPUs in us-west-2",
    "how does spot pricing work?",
    "price history of m5.large in us-east-1",
)


def run() -> list[Section]:
    """Measure searches, questions and a refresh of 400 MB, on one mesh of the default profile."""
    h2load = shutil.which("h2load")
    if h2load is None:
        print("pricing: h2load is missing (Debian: nghttp2-client); skipped", flush=True)
        return []
    with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder, prices(Path(folder)) as server:
        policy = Path(folder, "limits.yaml")
        policy.write_text(_POLICY)
        with mesh(Path(folder, "state"), MALHA_LIMITS_FILE=str(policy), **server.variables) as running:
            load = Load(h2load, running.edge, lambda: running.headers["authorization"])
            with _calls(running) as (searches, asked, interpreted):
                sections = [
                    _searches(load, searches, "Searches through the edge, reference catalogue"),
                    _asked(load, asked),
                    _interpreted(load, interpreted),
                    refreshes(running, load, searches[1], server),
                ]
            # The catalogue is another one now, and so are the answers.
            with _calls(running) as (searches, _, _):
                sections.append(_searches(load, searches, "Searches through the edge, after the refresh"))
    return sections


def _searches(load: Load, calls: Sequence[Call], title: str) -> Section:
    section = Section(
        title,
        f"SearchOffers by h2load over TLS with a development token, on a whole mesh of the default profile: "
        f"{len(calls)} filters in turn, pages of 20, 500 calls of each over {CONNECTIONS} connections with 4 or 16 "
        "streams each, as fast as they are answered; and at 1,500 calls a second whether or not the ones before were "
        "answered, one second of each filter. Client, Envoy, the limiter, both replicas and PostgreSQL share the "
        "machine. How many bytes were answered says that each call succeeded.",
    )
    print(section.title, flush=True)
    for streams in _STREAMS:
        found = together([load.closed(call, 500, streams) for call in calls])
        section.add(f"{CONNECTIONS} x {streams} streams", f"{found.rate:,.0f} calls/s, {found.spread()}", ">= 1,500/s")
    found = together([load.at(call, 1_500, 1.0) for call in calls])
    section.add("at 1,500 calls/s", f"{found.rate:,.0f} calls/s, {found.spread()}", "p95 < 20 ms")
    return section


def _asked(load: Load, calls: Sequence[Call]) -> Section:
    section = Section(
        "Questions through the edge",
        f"AskQuestion, as searches above: {len(calls)} questions in turn, 100 calls of each, every stream to its end. "
        "All rates are of the questions together, each asked as often as the others.",
    )
    print(section.title, flush=True)
    for streams in _STREAMS:
        runs = [load.closed(call, 100, streams) for call in calls]
        found = together(runs)
        section.add(f"{CONNECTIONS} x {streams} streams", f"{found.rate:,.0f} calls/s, {found.spread()}", ">= 300/s")
        slowest = sorted(zip(runs, QUESTIONS, strict=True), key=lambda pair: pair[0].rate)[:3]
        for one, question in slowest if streams == _STREAMS[0] else ():
            section.add(f"among the slowest: {question}", f"{one.rate:,.0f} calls/s, {one.spread()}")
    return section


def _interpreted(load: Load, calls: Sequence[Call]) -> Section:
    section = Section("Questions read through the edge", "InterpretQuestion: the same questions, 200 calls of each.")
    print(section.title, flush=True)
    for streams in _STREAMS:
        found = together([load.closed(call, 200, streams) for call in calls])
        section.add(f"{CONNECTIONS} x {streams} streams", f"{found.rate:,.0f} calls/s, {found.spread()}")
    return section


@contextmanager
def _calls(running: Mesh) -> Iterator[tuple[list[Call], list[Call], list[Call]]]:
    """Searches, questions to answer and questions to read, each called once: that says how long its answer is."""
    headers = tuple(running.headers.items())
    with grpc.secure_channel(
        running.edge, grpc.ssl_channel_credentials(running.ca.read_bytes())
    ) as channel:  # fmt: skip

        def once(path: str, request: Message) -> Call:
            raw = request.SerializeToString()
            method: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(path)
            return Call(path, raw, sum(5 + len(answer) for answer in method(raw, timeout=30, metadata=headers)))

        yield (
            [once(_SEARCH, catalogue.SearchOffersRequest(filter=text, page_size=20)) for text in FILTERS],
            [once(_ASK, questions.AskQuestionRequest(text=text)) for text in QUESTIONS],
            [once(_INTERPRET, questions.InterpretQuestionRequest(text=text)) for text in QUESTIONS],
        )
