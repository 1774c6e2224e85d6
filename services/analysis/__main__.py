"""`python -m services.analysis {serve,migrate}`."""

import sys

import uvloop

from services.analysis.adapters.postgres import migrate
from services.analysis.app import serve
from services.analysis.settings import AnalysisSettings


def main() -> int:
    """Runs the verb on the command line; the exit code."""
    match sys.argv[1:]:
        case ["serve"]:
            uvloop.run(serve(AnalysisSettings()))
        case ["migrate"]:
            migrate(AnalysisSettings())
        case _:
            sys.stderr.write("usage: python -m services.analysis {serve,migrate}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
