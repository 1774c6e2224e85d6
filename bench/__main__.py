"""`python -m bench [NAME...]`: run the named benchmarks, or all and write docs/benchmarks.md: see BENCHES."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import analysis, audit, authorization, canaries, edge, latency, limits, recovery, resilience
from bench.report import machine

BENCHES = {
    "analysis": analysis.run,
    "audit": audit.run,
    "authorization": authorization.run,
    "edge": edge.run,
    "latency": latency.run,
    "limits": limits.run,
    "recovery": recovery.run,
    "resilience": resilience.run,
    "canaries": canaries.run,
}
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main(arguments: list[str]) -> None:
    """Run the named benchmarks, or all; only a run of all writes the document."""
    unknown = set(arguments) - set(BENCHES)
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    where, when = machine(), datetime.now(UTC).date()
    print(where, flush=True)
    sections = [section for name in arguments or BENCHES for section in BENCHES[name]()]
    if not arguments:
        head = f"# Benchmarks\n\n`make bench`, {when}, on {where}. The file is written by that command.\n"
        DOCUMENT.write_text("\n\n".join([head.strip(), *(section.markdown() for section in sections)]) + "\n")
        print(f"written to {DOCUMENT}")


if __name__ == "__main__":
    main(sys.argv[1:])
