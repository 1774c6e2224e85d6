"""How long a search of the catalogue takes in the process, beside other ways to search the same rows; and a reload."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count, cycle

from bench.pricing_peers import peers
from bench.pricing_queries import LIMIT, ORDERS, QUERIES, Answer, Asked, Query
from bench.report import Section, quantile
from services.pricing.domain.index import FIELDS, ORDERABLE, CatalogueIndex, Holder
from services.pricing.domain.offers import Offer
from services.runtime.listing import parse_filter, parse_order_by
from tests.support.pricing import synthetic_offers, synthetic_version

_ROWS = 60_000
_ROUNDS = 200
# The peers take up to a thousand times as long.
_SECONDS_A_QUERY = 1.0
_RELOADS = 10
_NEW = "index, each one new"


def run() -> list[Section]:
    """Measure searches in the index and in its peers, and what a reload costs and its readers notice."""
    offers = synthetic_offers(_ROWS)
    started = time.perf_counter()
    index = CatalogueIndex.build(synthetic_version(1, _ROWS), offers)
    built = time.perf_counter() - started
    return [_searches(index), _reloads(index, offers, built)]


def _searches(index: CatalogueIndex) -> Section:
    section = Section(
        "Search of the catalogue in the process",
        f"{_ROWS:,} made-up offers; ten searches, one after another, each for the {LIMIT} cheapest and the number of "
        "all that match. All systems must find the same. Ours reads the filter's text each time; `each one new` has "
        "one more condition, which no search had before, so that nothing is found again; `and offers` also makes the "
        "offers, with their sources. sqlite is in memory, with an index for every column and three for the orders, and "
        "is asked for the page and for the count; pandas and polars have categories for text; gpuhunt has the rows as "
        "its own catalogue, and no words for regions, operating systems and terms: it is asked what it can be asked.",
    )
    print(section.title, flush=True)
    reference = {query: _ours(index)(query) for query in QUERIES}
    systems: dict[str, Asked | None] = {
        _NEW: _ours(index, new=True),
        "index": _ours(index),
        "index, and offers": _ours(index, materialise=True),
        **peers(index),
    }
    for name, ask in systems.items():
        if ask is None:
            print(f"  {name} is not installed: `uv sync --group bench` brings it", flush=True)
            continue
        _measured(section, name, ask, reference)
    return section


def _measured(section: Section, name: str, ask: Asked, reference: dict[Query, Answer | None]) -> None:
    times: list[float] = []
    answered = 0
    for query in QUERIES:
        answer = ask(query)
        if answer is None:
            continue
        answered += 1
        assert answer == reference[query], f"{name}: {query.filter}"
        times += _repeated(ask, query)
    target = "p50 < 0.5 ms" if name == _NEW else ""
    few = "" if answered == len(QUERIES) else f", {answered} of {len(QUERIES)}"
    p50, p99 = (quantile(times, share) * 1000 for share in (0.5, 0.99))
    section.add(f"{name}{few}", f"p50 {p50:.3f} ms, p99 {p99:.3f} ms", target)


def _repeated(ask: Asked, query: Query) -> list[float]:
    times: list[float] = []
    while len(times) < _ROUNDS and (sum(times) < _SECONDS_A_QUERY or len(times) < 5):
        started = time.perf_counter()
        ask(query)
        times.append(time.perf_counter() - started)
    return times


def _ours(index: CatalogueIndex, *, new: bool = False, materialise: bool = False) -> Asked:
    numbers = count(1)

    def ask(query: Query) -> Answer:
        more = f" AND hourly_price > -{next(numbers)}" if new else ""
        wanted = parse_filter(query.filter + more, FIELDS)
        found = index.search(wanted, parse_order_by(ORDERS[query.by], ORDERABLE), LIMIT)
        rows = found.rows.tolist()
        if materialise:
            for row in rows:
                index.offer(row)
        return rows, found.total

    return ask


def _reloads(index: CatalogueIndex, offers: list[Offer], built: float) -> Section:
    section = Section(
        "Reload of the catalogue",
        f"{_ROWS:,} made-up offers. A version is built once from its offers, kept as bytes, and restored from them by "
        f"every replica; {_RELOADS} times each. Searches go on in another thread of the same process meanwhile, each "
        "of the newest version, with the ten filters in turn.",
    )
    print(section.title, flush=True)
    data = index.snapshot()
    section.add("build from offers", f"{built:.2f} s")
    section.add("as bytes", f"{len(data) / 1e6:.2f} MB")
    versions = [synthetic_version(number, _ROWS) for number in range(2, 2 + _RELOADS)]
    stored = [CatalogueIndex.build(version, offers).snapshot() for version in versions]
    alone = [_timed(lambda: CatalogueIndex.restore(index.version, data)) for _ in range(_RELOADS)]
    section.add("restore from bytes", _spread(alone), "< 500 ms")
    holder = Holder(index)
    quiet = _read_while(holder, lambda: time.sleep(1.0))
    section.add("searches while nothing is reloaded", _spread(quiet))
    restores: list[float] = []

    def reload() -> None:
        for version, raw in zip(versions, stored, strict=True):
            restores.append(_timed(lambda: holder.replace(CatalogueIndex.restore(version, raw))))  # noqa: B023

    busy = _read_while(holder, reload)
    section.add("restore from bytes while searches go on", _spread(restores), "< 500 ms")
    section.add("searches while it is reloaded without a break", _spread(busy))
    return section


def _read_while(holder: Holder, work: Callable[[], None]) -> list[float]:
    times: list[float] = []
    done = threading.Event()

    def read() -> None:
        for query in cycle(QUERIES):
            if done.is_set():
                return
            times.append(_timed(lambda: _ours(holder.current)(query)))  # noqa: B023

    reader = threading.Thread(target=read)
    reader.start()
    work()
    done.set()
    reader.join()
    return times


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _spread(seconds: list[float]) -> str:
    shown = [f"{name} {quantile(seconds, share) * 1000:.2f}" for name, share in (("p50", 0.5), ("p99", 0.99))]
    return f"{', '.join(shown)}, longest {max(seconds) * 1000:.2f} ms"
