"""What a stage of the chain may do, and when."""

from collections.abc import Callable
from typing import Any, ClassVar

from services.runtime.call import Call
from services.runtime.method import Method

CallHook = Callable[[Call], None]
RequestHook = Callable[[Call, Any], None]
ErrorHook = Callable[[Call, BaseException], None]


class Stage:
    """One concern of every call. Override only what is needed: a hook that is not overridden costs nothing.

    Hooks are plain functions, since a nested coroutine for each stage costs more than most stages do. `begin`,
    `on_request` and the handler may raise; the failure then goes through `on_error` of every stage.
    """

    name: ClassVar[str]
    # The stages that must stand before this one, and why they must, in the docstring of the stage.
    after: ClassVar[frozenset[str]] = frozenset()

    def concerns(self, method: Method) -> bool:
        """Whether calls of `method` pass this stage; one that it does not concern pays nothing for it."""
        return True

    def begin(self, call: Call) -> None:
        """The call has arrived; no message has been read."""

    def on_request(self, call: Call, message: Any) -> None:
        """A request message has been parsed; on a request stream, each of them."""

    def on_error(self, call: Call, error: BaseException) -> None:
        """The call fails with `error`, which nobody has told the caller yet."""

    def end(self, call: Call) -> None:
        """The call is over. Runs for every call, also when `begin` of this or another stage failed; must not raise."""
