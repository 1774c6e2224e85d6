"""What all tests share."""

import signal

pytest_plugins = ["tests.support.fixtures"]


def pytest_configure() -> None:
    """Whoever runs the tests in the background of a script makes them, and what they start, deaf to Ctrl-C.

    Some of them are about Ctrl-C. A signal that a process has a handler for is not ignored by what it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
