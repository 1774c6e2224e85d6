"""`python -m services.testing serve`."""

import sys

import uvloop

from services.runtime.settings import RuntimeSettings
from services.testing.app import serve


def main() -> int:
    """Runs the verb on the command line; the exit code."""
    if sys.argv[1:] != ["serve"]:
        sys.stderr.write("usage: python -m services.testing serve\n")
        return 2
    uvloop.run(serve(RuntimeSettings()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
