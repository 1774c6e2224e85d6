"""Tells whoever starts a mesh for the first time how to get in: once, and to nobody's log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.mesh.layout import Layout


def show(layout: Layout, say: Callable[[str], None]) -> None:
    """Say the first administrator's password when it was just made, and forget it."""
    try:
        made = json.loads(layout.administrator.read_bytes())
    except FileNotFoundError:
        return
    say("")
    say(f"The first administrator is {made['username']}, with the password {made['password']}")
    say("It is shown this once and has to be changed: log in with `malha login --password`, then run `malha password`")
    layout.administrator.unlink(missing_ok=True)
