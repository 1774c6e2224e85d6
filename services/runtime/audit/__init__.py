"""The audit log: who did what, to what, from where, with which decision; append-only, and tied together by hashes.

A use case calls `record` within the unit of work of its change. A server adds `Auditing(writer)` to its stages for the
rest: refusals, methods that are audited on every call, and changes that nobody recorded.
"""

from services.runtime.audit.entry import PLATFORM, Decision, Entry
from services.runtime.audit.migrating import migrate
from services.runtime.audit.recording import completed, noted, record, record_entry
from services.runtime.audit.stage import Auditing
from services.runtime.audit.writer import Writer

__all__ = [
    "PLATFORM",
    "Auditing",
    "Decision",
    "Entry",
    "Writer",
    "completed",
    "migrate",
    "noted",
    "record",
    "record_entry",
]
