"""`python -m services.limits serve`."""

import sys

import uvloop

from services.limits.app import serve
from services.limits.domain.errors import PolicyUnusable
from services.limits.settings import LimitsSettings


def main() -> int:
    """Runs the verb on the command line; the exit code."""
    if sys.argv[1:] != ["serve"]:
        sys.stderr.write("usage: python -m services.limits serve\n")
        return 2
    try:
        uvloop.run(serve(LimitsSettings()))
    except PolicyUnusable as error:
        sys.stderr.write(f"{error.problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
