"""Changes that are made once, however often they are asked for: the ledger of requests, in the service's own schema."""

from services.runtime.idempotency.ledger import Ledger
from services.runtime.idempotency.schema import ledger_table

__all__ = ["Ledger", "ledger_table"]
