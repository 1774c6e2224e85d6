"""The order of the stages, and the flat lists of hooks that the executors run."""

from collections.abc import Sequence

from services.runtime.interceptors.caching import Caching
from services.runtime.interceptors.stage import CallHook, ErrorHook, RequestHook, Stage
from services.runtime.method import Method


class ChainInvalid(Exception):
    """Stages stand in an order that their rules forbid."""


class Chain:
    """The stages of a server in order, outermost first, with the hooks that are really there.

    `begin`, `on_request` and `on_error` run outermost first; `end` runs innermost first.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        check_order(stages)
        self._stages = tuple(stages)
        self.names = tuple(stage.name for stage in stages)
        self.caching = next((stage for stage in stages if isinstance(stage, Caching)), None)
        self.begin: tuple[CallHook, ...] = tuple(s.begin for s in stages if _overrides(s, "begin"))
        self.on_request: tuple[RequestHook, ...] = tuple(s.on_request for s in stages if _overrides(s, "on_request"))
        self.on_error: tuple[ErrorHook, ...] = tuple(s.on_error for s in stages if _overrides(s, "on_error"))
        self.end: tuple[CallHook, ...] = tuple(s.end for s in reversed(stages) if _overrides(s, "end"))

    def of(self, method: Method) -> "Chain":
        """The chain with the stages that concern a method."""
        return Chain([stage for stage in self._stages if stage.concerns(method)])


def check_order(stages: Sequence[Stage]) -> None:
    """Checks that each stage stands after those it needs and that there is an error stage.

    Raises:
        ChainInvalid: naming the first stage that is wrong.
    """
    names = [stage.name for stage in stages]
    if len(set(names)) != len(names):
        raise ChainInvalid(f"a stage appears twice in {names}")
    if "errors" not in names:
        raise ChainInvalid("a chain without the stage errors would send exception text to callers")
    for position, stage in enumerate(stages):
        late = stage.after.intersection(names[position:])
        if late:
            raise ChainInvalid(f"{stage.name} must stand after {', '.join(sorted(late))}")


def _overrides(stage: Stage, hook: str) -> bool:
    return getattr(type(stage), hook) is not getattr(Stage, hook)
