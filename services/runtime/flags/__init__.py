"""Feature flags: what is switched on, for whom, from a file that may change while the process runs (OpenFeature)."""

from services.runtime.flags.definition import FlagsInvalid
from services.runtime.flags.flags import Flags

__all__ = ["Flags", "FlagsInvalid"]
