"""The provider that gives OpenFeature the flags of a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from services.runtime.flags.definition import Flag

T = TypeVar("T")


class FileProvider(AbstractProvider):
    """Resolves flags from the table it was last given; a flag that is not in it has the asker's default.

    The context's `targeting_key` is the subject, its attributes `tenant` and `tier` the rest of what rules ask for.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self._path = path
        self.flags: Mapping[str, Flag] = MappingProxyType({})

    def get_metadata(self) -> Metadata:
        """The provider's name, with the file's."""
        return Metadata(name=f"malha file {self._path}")

    def adopt(self, flags: Mapping[str, Flag]) -> list[str]:
        """Resolves from `flags` from now on; the names of those that changed, which OpenFeature is told."""
        before, self.flags = self.flags, MappingProxyType(dict(flags))
        changed = sorted(name for name in before.keys() | flags.keys() if before.get(name) != flags.get(name))
        if changed:
            self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=changed))
        return changed

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """A flag that is true or false."""
        return self._resolve(flag_key, default_value, bool, evaluation_context)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """A flag that is a text."""
        return self._resolve(flag_key, default_value, str, evaluation_context)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """A flag that is a whole number."""
        return self._resolve(flag_key, default_value, int, evaluation_context)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """A flag that is a number, written with a point."""
        return self._resolve(flag_key, default_value, float, evaluation_context)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """No file has flags of this kind: always the default."""
        return FlagResolutionDetails(
            default_value, error_code=ErrorCode.TYPE_MISMATCH, error_message="a flag of a file is one plain value"
        )

    def _resolve(
        self, name: str, default: T, kind: type[T], context: EvaluationContext | None
    ) -> FlagResolutionDetails[T]:
        flag = self.flags.get(name)
        if flag is None:
            return FlagResolutionDetails(default, reason=Reason.DEFAULT)
        value, reason, variant = decide(name, flag, context or EvaluationContext())
        if type(value) is not kind:
            message = f"{name} is {value!r} in {self._path}"
            return FlagResolutionDetails(default, ErrorCode.TYPE_MISMATCH, message, Reason.ERROR)
        return FlagResolutionDetails(value, reason=reason, variant=variant)


def decide(name: str, flag: Flag, context: EvaluationContext) -> tuple[bool | int | float | str, Reason, str]:
    """The value of a flag in a context, and why: the reason, and the place that decided, such as `rules[0]`."""
    subject = context.targeting_key or ""
    tenant, tier = (str(context.attributes.get(key, "")) for key in ("tenant", "tier"))
    for position, rule in enumerate(flag.rules):
        if rule.fits(name, subject, tenant, tier):
            reason = Reason.TARGETING_MATCH if rule.percent is None else Reason.SPLIT
            return rule.value, reason, f"rules[{position}]"
    return flag.value, Reason.DEFAULT if flag.rules else Reason.STATIC, "value"
