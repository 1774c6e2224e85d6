"""Writes entries: in the transaction of a change, with what is known of the current call."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import text

from services.runtime.audit.entry import PLATFORM, Entry, network_of
from services.runtime.call import Call, current_or_none
from services.runtime.db.unit_of_work import UnitOfWork
from services.runtime.origin import address_of

_APPEND = text(
    "SELECT audit.append(:owner, :id, :method, :action, :resource, :decision, :reason, :kind, :subject, :client, "
    ":caller, :network, :request_id, :trace_id, :details)"
)


@dataclass(slots=True)
class Trail:
    """What one call has left in the log so far."""

    resource: str = ""
    recorded: bool = False


trail: ContextVar[Trail | None] = ContextVar("malha_audit_trail", default=None)


async def record(
    work: UnitOfWork, action: str, resource: str, details: Mapping[str, str] | None = None, *, subject: str = ""
) -> None:
    """Writes that `action` (such as `analysis.reports.share`) was done to `resource` (such as `reports/{id}`).

    The entry is there if the change of the unit of work is, and only then; so call this last before the commit, since
    others of the tenant may wait for it from here on. Who, whence and under which request comes from the current call.
    `subject` names who did it where the call itself does not know, as at a login. Keep `details` as `entry` says.
    """
    entry = Entry(tenant=work.tenant, action=action, resource=resource, details=details or {}, subject=subject)
    await record_entry(work, entry)


async def record_entry(work: UnitOfWork, entry: Entry) -> None:
    """Writes an entry of the unit's tenant as `record` does; what it leaves out comes from the current call."""
    if current_or_none() is not None:
        noted()
    await write(work, [completed(entry)])


def completed(entry: Entry) -> Entry:
    """The entry with what is known of the current call, if there is one."""
    call = current_or_none()
    return entry if call is None else of_call(call, entry)


def noted() -> None:
    """Says that the current call needs no entry beside what it leaves itself, which may be none: it changed nothing."""
    left = trail.get()
    if left is None:
        trail.set(Trail(recorded=True))
    else:
        left.recorded = True


async def write(work: UnitOfWork, entries: Sequence[Entry]) -> None:
    """Appends entries, all of the unit's tenant."""
    if entries:
        await work.connection.execute(_APPEND, [entry.parameters() for entry in entries])


def of_call(call: Call, entry: Entry | None = None) -> Entry:
    """An entry with everything that is known of a call. Whoever it names did it, even if the call knows of nobody."""
    who = call.principal
    made = entry or Entry(tenant=(who.tenant if who is not None else "") or PLATFORM, action=call.method.permission)
    return Entry(
        tenant=made.tenant,
        action=made.action or call.method.permission,
        resource=made.resource,
        decision=made.decision,
        reason=made.reason,
        details=made.details,
        method=call.method.path,
        kind=made.kind or ("" if who is None else str(who.kind)),
        subject=made.subject or ("" if who is None else who.subject),
        client=made.client or ("" if who is None else who.client),
        caller=call.caller,
        network=network_of(address_of(call)),
        request_id=call.request_id,
        trace_id=call.trace_id,
    )
