"""`python -m tests.support.audit_writer URL_FILE TENANT`: changes and their entries, one after another, until killed.

Each change adds to a counter and leaves an entry in one transaction; each that was committed is a line of output.
"""

import asyncio
import sys
from pathlib import Path

from services.runtime import audit
from services.runtime.db import UnitOfWork, make_engine
from services.runtime.settings import RuntimeSettings
from services.testing.postgres import PostgresCounters


async def main(url_file: str, tenant: str) -> None:
    """Goes on for ever, several at a time."""
    engine = make_engine(RuntimeSettings(database_url_file=Path(url_file)))

    async def go_on(number: int) -> None:
        while True:
            async with UnitOfWork(engine, tenant) as work:
                await PostgresCounters(work).add(f"counters/{number}", 1)
                await audit.record(work, "testing.counters.update", f"counters/{number}")
                await work.commit()
            print(number, flush=True)  # noqa: T201 - what the test counts

    await asyncio.gather(*(go_on(number) for number in range(6)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
