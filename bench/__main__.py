"""`python -m bench [NAME...]`: run the named benchmarks, or all, and put what they found into docs/benchmarks.md."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    analysis,
    audit,
    authorization,
    canaries,
    edge,
    latency,
    limits,
    pricing,
    pricing_index,
    recovery,
    resilience,
)
from bench.report import machine, merged, speed

BENCHES = {
    "analysis": analysis.run,
    "edge": edge.run,
    "latency": latency.run,
    "limits": limits.run,
    "authorization": authorization.run,
    "audit": audit.run,
    "recovery": recovery.run,
    "resilience": resilience.run,
    "canaries": canaries.run,
    "pricing_index": pricing_index.run,
    "pricing": pricing.run,
}
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main(arguments: list[str]) -> None:
    """Run benchmarks one after another; each puts its sections into the document when it is done."""
    unknown = set(arguments) - set(BENCHES)
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    # As Ctrl-C does: a mesh that a benchmark has begun ends with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    where = machine()
    print(where, flush=True)
    for name in arguments or BENCHES:
        before = speed()
        sections = BENCHES[name]()
        pace = f"million additions in Python a second by one processor: {before:.1f} before, {speed():.1f} after"
        print(pace, flush=True)
        origin = f"`python -m bench {name}`, {datetime.now(UTC).date()}, {where}; {pace}."
        DOCUMENT.write_text(merged(DOCUMENT.read_text(), name, origin, sections, list(BENCHES)))
    print(f"written to {DOCUMENT}")


if __name__ == "__main__":
    main(sys.argv[1:])
