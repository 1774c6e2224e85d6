"""A method whose feature is switched off refuses, for everyone or for some, as the file says at the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

from services.runtime.flags import FlagsInvalid
from tests.integration.runtime.calls import call, request_of
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.runtime.conftest import Start

FEATURE = "testing-chat"


async def test_off_and_on_again_while_the_server_runs(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "flags.yaml"
    path.write_text(f"flags: {{{FEATURE}: false}}")
    running = await start(flags_file=path)
    outcome = await call(running.stub, "Chat", request_of("Chat"))
    assert outcome.code is grpc.StatusCode.FAILED_PRECONDITION
    assert outcome.info.reason == "FEATURE_DISABLED"
    assert outcome.info.metadata["feature"] == FEATURE
    assert (await call(running.stub, "Echo", request_of("Echo"))).code is grpc.StatusCode.OK

    path.write_text(f"flags: {{{FEATURE}: true}}")

    async def on() -> bool:
        return (await call(running.stub, "Chat", request_of("Chat"))).code is grpc.StatusCode.OK

    await eventually(on)


async def test_a_feature_that_no_file_names_is_on(start: Start, tmp_path: Path) -> None:
    running = await start(flags_file=tmp_path / "none.yaml")
    assert (await call(running.stub, "Chat", request_of("Chat"))).code is grpc.StatusCode.OK


async def test_a_switch_that_is_no_switch_stops_the_start(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "flags.yaml"
    path.write_text(f"flags: {{{FEATURE}: 3}}")
    with pytest.raises(FlagsInvalid, match="true or false"):
        await start(flags_file=path)
