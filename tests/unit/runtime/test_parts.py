"""The chain's order, the lifespan, the clock and the log."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
import structlog

from services.runtime.clock import Clock, SystemClock
from services.runtime.errors import ErrorMap
from services.runtime.interceptors import Chain, Stage
from services.runtime.interceptors.admission import Admission
from services.runtime.interceptors.chain import ChainInvalid
from services.runtime.interceptors.deadline import Deadline
from services.runtime.interceptors.errors import Errors
from services.runtime.interceptors.validation import Validation
from services.runtime.lifespan import Lifespan, StartTimedOut
from services.runtime.log_file import RotatingFile
from services.runtime.logging import configure_logging
from services.runtime.settings import RuntimeSettings
from tests.support.clock import FakeClock


def _stages() -> list[Stage]:
    return [Errors(ErrorMap()), Admission(1), Deadline(), Validation()]


def test_a_chain_runs_only_the_hooks_that_are_there() -> None:
    chain = Chain(_stages())
    assert chain.names == ("errors", "admission", "deadline", "validation")
    assert [hook.__qualname__ for hook in chain.begin] == ["Admission.begin", "Deadline.begin"]
    assert [hook.__qualname__ for hook in chain.end] == ["Deadline.end", "Admission.end"]
    assert [hook.__qualname__ for hook in chain.on_request] == ["Validation.on_request"]


@pytest.mark.parametrize(
    "stages",
    [
        pytest.param(_stages()[1:], id="no error stage"),
        pytest.param([*_stages(), Admission(1)], id="a stage twice"),
        pytest.param([Validation(), *_stages()[:3]], id="a stage before what it needs"),
    ],
)
def test_a_chain_out_of_order_is_not_built(stages: list[Stage]) -> None:
    with pytest.raises(ChainInvalid):
        Chain(stages)


async def test_parts_stop_in_reverse_whatever_one_of_them_does() -> None:
    seen: list[str] = []

    def part(name: str, error: Exception | None = None) -> object:
        async def stop() -> None:
            seen.append(name)
            if error:
                raise error

        return stop

    async with Lifespan() as lifespan:
        for name, error in (("a", None), ("b", ValueError()), ("c", None)):
            lifespan.on_stop(name, part(name, error))  # type: ignore[arg-type]  # made by the helper above
    assert seen == ["c", "b", "a"]


async def test_a_part_that_hangs_is_left_behind() -> None:
    lifespan = Lifespan(start_seconds=0.01, stop_seconds=0.01)
    with pytest.raises(StartTimedOut):
        await lifespan.start("slow", lambda: asyncio.sleep(60), lambda: asyncio.sleep(60))
    async with asyncio.timeout(5):
        await lifespan.stop()


def test_clocks_are_aware_and_go_forward(clock: FakeClock) -> None:
    system: Clock = SystemClock()
    assert system.now().tzinfo is UTC
    assert system.monotonic() <= system.monotonic()
    before, moment = clock.monotonic(), clock.now()
    clock.advance(1.5)
    assert clock.monotonic() - before == pytest.approx(1.5)
    assert (clock.now() - moment).total_seconds() == 1.5


def test_a_log_file_is_rotated_by_size_and_loses_only_the_oldest(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", max_bytes=100, count=2)
    for number in range(40):
        file.write(f"line {number:03}\n".encode())
    file.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["log", "log.1", "log.2"]
    lines = [line for name in ("log.2", "log.1", "log") for line in (tmp_path / name).read_text().splitlines()]
    assert lines == [f"line {number:03}" for number in range(40 - len(lines), 40)]
    assert all((tmp_path / name).stat().st_size <= 100 for name in names)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Logging to a file, put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    path = tmp_path / "log"
    configure_logging(RuntimeSettings(log_file=path, component="analysis", replica="analysis-1"))
    yield path
    root.handlers[0].close()
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_a_record_is_one_json_object_from_either_library(log: Path) -> None:
    structlog.get_logger("x").info("ours", path="a\nb", raw=b"\xff")
    structlog.get_logger("x").debug("too detailed")
    logging.getLogger("library").warning("theirs %s", 1)
    try:
        raise ValueError("detail")
    except ValueError as error:
        structlog.get_logger("x").error("failed", exc_info=error)
    ours, theirs, failed = (json.loads(line) for line in log.read_text().splitlines())
    assert (ours["event"], ours["component"], ours["replica"], ours["level"]) == (
        "ours", "analysis", "analysis-1", "info",
    )  # fmt: skip
    assert ours["path"] == "a\nb"
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("theirs 1", "library", "warning")
    assert "ValueError: detail" in failed["exception"]
