"""Where a call comes from."""

from services.runtime.call import Call


def address_of(call: Call) -> str:
    """The address that the call comes from, as the edge saw it; empty where there is no edge."""
    # Whatever a client claims stands before what the edge adds.
    return str(call.headers.get("x-forwarded-for", "")).rpartition(",")[2].strip()
