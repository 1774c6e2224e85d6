"""`python -m services.pricing {serve,migrate,refresh}`."""

import sys

import uvloop

from services.pricing.settings import PricingSettings


# Each verb loads what it needs: a replica that starts, perhaps in place of one that died, need not wait for the rest.
def main() -> int:
    """Runs the verb on the command line; the exit code."""
    match sys.argv[1:]:
        case ["serve"]:
            from services.pricing.app import serve

            uvloop.run(serve(PricingSettings()))
        case ["migrate"]:
            from services.pricing.install import install

            install(PricingSettings())
        case ["refresh"]:  # started by a replica, which says on standard input what to read
            from services.pricing.adapters.priority import give_way

            settings = PricingSettings()
            if settings.refresh_gives_way:
                give_way()  # before it loads the rest, too
            import asyncio

            from services.pricing.adapters.refreshing import child
            from services.pricing.refresh import open_refresh

            asyncio.run(child.run(lambda: open_refresh(settings)))
        case _:
            sys.stderr.write("usage: python -m services.pricing {serve,migrate,refresh}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
