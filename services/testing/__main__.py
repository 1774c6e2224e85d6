"""`python -m services.testing {serve,migrate}`."""

import sys

import uvloop

from services.runtime.settings import RuntimeSettings
from services.testing.app import serve
from services.testing.postgres import migrate


def main() -> int:
    """Runs the verb on the command line; the exit code."""
    match sys.argv[1:]:
        case ["serve"]:
            uvloop.run(serve(RuntimeSettings()))
        case ["migrate"]:
            migrate(RuntimeSettings())
        case _:
            sys.stderr.write("usage: python -m services.testing {serve,migrate}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
