"""What may be found before anybody knows the tenant: the one row whose secret somebody shows.

Tables of tenants are closed by row-level security. A refresh token, a device code or an API key comes before it is
known whose it is; its row is open to a transaction that names its hash or prefix, and no other row is.
"""

from __future__ import annotations

from sqlalchemy import text

from services.runtime.db import Transaction

_SHOW = text("SELECT set_config('malha.shown', :shown, true)")


async def show(work: Transaction, secret: bytes | str) -> None:
    """Opens the row that a hash, a user code or a prefix stands for, until the transaction ends or shows another."""
    await work.connection.execute(_SHOW, {"shown": secret if isinstance(secret, str) else secret.hex()})
