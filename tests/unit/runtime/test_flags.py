"""What a file of flags may say, who gets which value, and what happens when the file changes."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import Reason
from openfeature.provider import ProviderStatus
from prometheus_client import CollectorRegistry

from services.runtime.auth import Principal, PrincipalKind
from services.runtime.call import Call, enter
from services.runtime.flags import Flags, FlagsInvalid
from services.runtime.flags.definition import Flag, parse
from services.runtime.flags.provider import decide
from services.runtime.method import Method, Shape
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_NAMES = st.text(min_size=1, max_size=40)


def _context(subject: str = "", tenant: str = "", tier: str = "") -> EvaluationContext:
    return EvaluationContext(subject, {"tenant": tenant, "tier": tier})


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text)
    fresh.replace(path)


class TestTheFile:
    def test_a_plain_value_is_a_whole_flag(self) -> None:
        flags = parse("flags: {a: true, b: 3, c.d: 0.5, e-f: text, g: {value: false, description: why}}")
        assert {name: flag.value for name, flag in flags.items()} == {
            "a": True, "b": 3, "c.d": 0.5, "e-f": "text", "g": False,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", "the document"),
            ("flags: [a]", "flags"),
            ("flags: {a: [1]}", "a value is true, false, a number or a text"),
            ("flags: {a: {value: 1, rules: [{value: true}]}}", "all values must be of one type"),
            ("flags: {a: {value: 1, rule: []}}", "rule"),
            ("flags: {a: {value: 1, rules: [{percent: 101, value: 2}]}}", "percent"),
            ("flags: {a: {rules: []}}", "value"),
            ("flags: {A: true}", "pattern"),
            ("flags:\n  a: 1\n  b: 2\n  a: 3", "line 4, column 3: a stands here twice"),
            ("flags: {a: 1", "line 1"),
            ("flags: !!python/object/apply:os.getcwd []", "line 1"),
            ("flags: {}\nflagz: {}", "flagz"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, text: str, complaint: str) -> None:
        with pytest.raises(FlagsInvalid) as caught:
            parse(text)
        assert complaint in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_switch_is_true_or_false(self) -> None:
        assert parse("flags: {a: off}", ["a"])["a"].value is False
        with pytest.raises(FlagsInvalid, match=r"flags\.a: .* true or false"):
            parse("flags: {a: 'off'}", ["a"])


class TestWhoGetsWhat:
    FLAG = parse(
        "flags: {a: {value: x, rules: [{tenants: [t1], tiers: [pro], value: y}, {subjects: [users/7], value: z}]}}"
    )["a"]

    @pytest.mark.parametrize(
        ("context", "decision"),
        [
            (_context("users/1", "t1", "pro"), ("y", Reason.TARGETING_MATCH, "rules[0]")),
            (_context("users/7", "t1", "pro"), ("y", Reason.TARGETING_MATCH, "rules[0]")),
            (_context("users/7", "t1", "free"), ("z", Reason.TARGETING_MATCH, "rules[1]")),
            (_context("users/8", "t1", "free"), ("x", Reason.DEFAULT, "value")),
            (_context(), ("x", Reason.DEFAULT, "value")),
        ],
    )
    def test_the_first_rule_that_fits_decides(
        self, context: EvaluationContext, decision: tuple[str, Reason, str]
    ) -> None:
        assert decide("a", self.FLAG, context) == decision

    @given(subject=_NAMES, flag=_NAMES, small=st.floats(0, 100), large=st.floats(0, 100))
    def test_a_growing_share_keeps_whom_it_has(self, subject: str, flag: str, small: float, large: float) -> None:
        small, large = sorted((small, large))
        one, other = (Flag.model_validate({"value": 0, "rules": [{"percent": p, "value": 1}]}) for p in (small, large))
        context = _context(subject)
        assert (decide(flag, one, context)[0], decide(flag, other, context)[0]) != (1, 0)

    @given(subject=_NAMES)
    def test_all_are_in_the_whole_and_none_in_nothing(self, subject: str) -> None:
        for percent in (0, 100):
            flag = Flag.model_validate({"value": -1, "rules": [{"percent": percent, "value": percent}]})
            assert decide("a", flag, _context(subject))[0] == (percent or -1)

    def test_a_share_is_about_as_large_as_it_says_and_of_its_own(self) -> None:
        flag = Flag.model_validate({"value": False, "rules": [{"percent": 30, "value": True}]})
        drawn = [
            {n for n in range(5000) if decide(name, flag, _context(f"users/{n}"))[0]} for name in ("a", "b")
        ]  # fmt: skip
        # Four standard deviations of 5,000 draws at 30 % are 130; of those in both, at 9 %, 81.
        assert all(abs(len(share) - 1500) < 130 for share in drawn)
        assert abs(len(drawn[0] & drawn[1]) - 450) < 81

    def test_a_tenant_is_in_a_share_as_a_whole_and_nobody_without_a_name_is(self) -> None:
        flag = Flag.model_validate({"value": 0, "rules": [{"percent": 50, "by": "tenant", "value": 1}]})
        for tenant in map(str, range(50)):
            assert len({decide("a", flag, _context(f"users/{n}", tenant))[0] for n in range(20)}) == 1
        assert decide("a", flag, _context("users/1"))[0] == 0


class _Context:
    """As much of gRPC's context as a call needs to begin."""

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return ()


async def test_a_flag_is_asked_for_the_principal_of_the_call(tmp_path: Path) -> None:
    path = tmp_path / "flags.yaml"
    path.write_text("flags: {a: {value: false, rules: [{tenants: [t1], value: true}, {tiers: [pro], value: true}]}}")
    flags = Flags(path, CollectorRegistry())
    flags.load()
    call = Call(Method(path="/", service="", name="", shape=Shape.UNARY_UNARY, parse=bytes, timeout=1), _Context())
    enter(call)
    assert not flags.enabled("a"), "nobody is behind the call yet"
    for tenant, tier, expected in (("t1", "free", True), ("t2", "free", False), ("t2", "pro", True)):
        call.principal = Principal(kind=PrincipalKind.USER, subject="users/1", tenant=tenant, tier=tier)
        assert flags.enabled("a") is expected


@asynccontextmanager
async def _watched(path: Path, switches: tuple[str, ...] = ()) -> AsyncIterator[tuple[Flags, CollectorRegistry]]:
    registry = CollectorRegistry()
    flags = Flags(path, registry)
    flags.load(switches)
    watching = asyncio.create_task(flags.watch())
    try:
        yield flags, registry
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


class TestLiveReload:
    async def test_a_change_is_in_force_soon(self, tmp_path: Path) -> None:
        path = tmp_path / "flags.yaml"
        async with _watched(path) as (flags, _):
            assert flags.enabled("a"), "without a file, everything is on"
            _write(path, "flags: {a: false, n: 3}")
            await eventually(lambda: not flags.enabled("a"))
            assert flags.client.get_integer_value("n", 1) == 3
            _write(path, "flags: {a: true}")
            await eventually(lambda: flags.enabled("a"))
            assert flags.client.get_integer_value("n", 1) == 1
            _write(path, "flags: {a: false}")
            await eventually(lambda: not flags.enabled("a"))
            path.unlink()
            await eventually(lambda: flags.enabled("a"))

    async def test_a_broken_file_keeps_the_last_good_values_and_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "flags.yaml"
        path.write_text("flags: {a: false}")
        async with _watched(path, ("a",)) as (flags, registry):

            def stale() -> float | None:
                return registry.get_sample_value("malha_flags_stale")

            assert stale() == 0
            for broken in ("flags: {a: true", "flags: {a: maybe}", "flags: {a: true, a: true}"):
                _write(path, broken)
                await eventually(lambda: stale() == 1)
                assert not flags.enabled("a")
                assert flags.client.get_provider_status() is ProviderStatus.STALE
                _write(path, "flags: {a: false}")
                await eventually(lambda: stale() == 0)
                assert flags.client.get_provider_status() is ProviderStatus.READY

    async def test_what_is_being_written_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "flags.yaml"
        path.write_text("flags: {a: false, b: false}")
        flags = Flags(path, CollectorRegistry())
        file = flags._file
        flags.load()
        path.write_text("flags: {a: false}")
        assert not file.changed(), "the first look at something new waits for a second one"
        path.write_text("flags: {a: false, b: true}")
        os.utime(path, ns=(1, 1))
        assert not file.changed()
        assert file.changed()

    def test_an_unusable_file_at_the_start_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "flags.yaml"
        path.write_text("flags: {a: [1]}")
        with pytest.raises(FlagsInvalid, match=r"flags\.yaml: flags\.a"):
            Flags(path, CollectorRegistry()).load()

    def test_a_value_of_another_type_is_the_askers_default(self, tmp_path: Path) -> None:
        path = tmp_path / "flags.yaml"
        path.write_text("flags: {n: 8, x: 0.5, t: text}")
        flags = Flags(path, CollectorRegistry())
        flags.load()
        assert flags.client.get_boolean_value("n", default_value=True) is True
        assert flags.client.get_float_value("x", 1.0) == 0.5
        assert flags.client.get_string_value("t", "") == "text"
        assert flags.client.get_string_value("x", "other") == "other"
        assert flags.client.get_object_value("t", {"a": 1}) == {"a": 1}
