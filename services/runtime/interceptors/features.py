"""Refuses the methods that are switched off."""

from typing import ClassVar

from services.runtime.call import Call
from services.runtime.exceptions import FeatureDisabled
from services.runtime.flags import Flags
from services.runtime.interceptors.stage import Stage
from services.runtime.method import Method


class Features(Stage):
    """Asks for the feature flag of each method whose contract names one.

    After authorisation, since a flag may differ from caller to caller; before admission, so that nobody refused takes
    the place of a caller.
    """

    name = "features"
    after: ClassVar[frozenset[str]] = frozenset({"errors", "authorization"})

    def __init__(self, flags: Flags) -> None:
        self._flags = flags

    def concerns(self, method: Method) -> bool:
        return bool(method.feature)

    def begin(self, call: Call) -> None:
        feature = call.method.feature
        if not self._flags.enabled(feature):
            raise FeatureDisabled(feature)
