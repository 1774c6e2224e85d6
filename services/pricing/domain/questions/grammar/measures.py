"""Rules for vCPUs, memory and accelerators: `at least 8 vCPUs`, `16 to 32 GB`, `8x A100 80 GB`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.grammar.cursor import bound, bound_behind, number, sign, skip
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.vocabulary import GpuName

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark

_RANGE: Final = frozenset((Sign.TO, Sign.DASH, Sign.ONE, Sign.AT_MOST, Sign.THE, Sign.AND))
_UNITS: Final = frozenset((Sign.VCPU, Sign.MEMORY_UNIT))
_LOW: Final = (Sign.AT_LEAST, Sign.MORE_THAN, Sign.EXACTLY, None)
_HIGH: Final = (Sign.AT_MOST, Sign.LESS_THAN, Sign.EXACTLY)
_ACCELERATOR: Final = frozenset((Sign.GPU, Sign.GPU_MODEL))


def measure(marks: list[Mark], at: int, reading: Reading) -> int:
    """`[bound] number [unit] [to number] unit`, of vCPUs or memory."""
    limited, start = (None, at + 1) if sign(marks, at) is Sign.BETWEEN else bound(marks, at)
    low = number(marks, start)
    if low is None:
        return at
    ranged = _range(marks, start + 1)
    inner, unit = bound_behind(marks, start + 1) if ranged is None else (None, start + 1)
    high, unit = ranged or (None, unit)
    if sign(marks, unit) not in _UNITS or (ranged and limited not in (None, Sign.AT_LEAST)):
        return at
    behind, end = bound_behind(marks, unit + 1)
    limited = limited or inner or behind
    if limited is None and high is None and reading.carried is not None and sign(marks, at - 1) is Sign.AND:
        limited = reading.carried[0] if reading.carried[1] == at - 1 else None
    end = _set(marks, unit, end, reading, low, high, limited)
    reading.carried = (limited, end) if limited is not None else None
    return end


def _set(
    marks: list[Mark], unit: int, end: int, reading: Reading, low: Decimal, high: Decimal | None, limited: Sign | None
) -> int:
    if sign(marks, unit) is Sign.VCPU:
        _set_millicpus(reading, low * 1000, high and high * 1000, limited)
        return end
    return _memory(marks, unit, end, reading, low, high, limited)


def _range(marks: list[Mark], at: int) -> tuple[Decimal, int] | None:
    """The upper end and its unit's place of `16 to 32 GB`, from behind the first number on."""
    at += sign(marks, at) in _UNITS
    if sign(marks, at) not in _RANGE:
        return None
    high = number(marks, at + 1)
    # In `8 vCPUs and 32 GB` the two numbers are of different things.
    if high is None or (sign(marks, at - 1) in _UNITS and sign(marks, at - 1) is not sign(marks, at + 2)):
        return None
    return high, at + 2


def _set_millicpus(reading: Reading, low: Decimal, high: Decimal | None, limited: Sign | None) -> None:
    # Whole vCPUs are what is sold: more than 8 is at least 9.
    step = 1000 if limited in (Sign.MORE_THAN, Sign.LESS_THAN) else 0
    if high is not None:
        reading.millicpus_at_least, reading.millicpus_at_most = int(low), int(high)
        return
    if limited in _LOW:
        reading.millicpus_at_least = int(low) + step
    if limited in _HIGH:
        reading.millicpus_at_most = max(int(low) - step, 0)


def _memory(
    marks: list[Mark], unit: int, end: int, reading: Reading, low: Decimal, high: Decimal | None, limited: Sign | None
) -> int:
    size = marks[unit].value
    assert isinstance(size, Decimal)
    least, most = int(low * size), None if high is None else int(high * size)
    kinds, behind = _tail(marks, end)
    if Sign.TOTAL in kinds and kinds & {Sign.GPU, Sign.VRAM}:
        reading.gpu, reading.gpu_total_memory = True, least
        return behind
    if Sign.VRAM in kinds or (Sign.EACH in kinds and Sign.GPU in kinds):
        reading.gpu, reading.gpu_memory = True, least
        return behind
    if not kinds and sign(marks, end) in _ACCELERATOR and _has(marks[end], least):
        return _accelerators(marks, end, reading, memory=least, limited=limited)
    if most is not None:
        reading.memory_at_least, reading.memory_at_most = least, most
    else:
        if limited in _LOW:
            reading.memory_at_least = least
        if limited in _HIGH:
            reading.memory_at_most = least
    tail, after = bound_behind(marks, behind)
    if tail is Sign.AT_MOST and limited is None:
        reading.memory_at_least, reading.memory_at_most = None, least
    return after


def _has(accelerator: Mark, memory: int) -> bool:
    """Whether an accelerator may have so much memory: `80 GB A100` is of the GPU, `64 GB L4` of the instance."""
    if not isinstance(accelerator.value, tuple):
        return True
    return any(memory in each.memory_mib for each in accelerator.value if isinstance(each, GpuName))


def _tail(marks: list[Mark], at: int) -> tuple[set[Sign], int]:
    """What is said of an amount of memory behind it: whose it is, of each or in all; and the place behind that."""
    kinds: set[Sign] = set()
    while True:
        start = skip(marks, at, (Sign.OF, Sign.PER, Sign.POR, Sign.IN))
        found = sign(marks, start)
        joined = start > at or found not in _ACCELERATOR
        if not joined or found not in (Sign.MEMORY, Sign.VRAM, Sign.EACH, Sign.TOTAL, Sign.GPU):
            return kinds, at
        if found is Sign.GPU and sign(marks, start - 1) in (Sign.PER, Sign.POR):
            kinds.add(Sign.EACH)
        kinds.add(found)
        at = start + 1
        if kinds >= {Sign.TOTAL} and sign(marks, at) is Sign.GPU:
            kinds.add(Sign.GPU)
            at += 1


def named_measure(marks: list[Mark], at: int, reading: Reading) -> int:
    """`vCPUs: 8`, `vCPU >= 8`, `memory of at least 16`: the unit first."""
    limited, start = bound(marks, skip(marks, at + 1, (Sign.OF, Sign.STOP)))
    value = number(marks, start)
    if value is None or sign(marks, start + 1) in _UNITS | {
        Sign.TIME,
        Sign.MACHINE,
        Sign.TYPE,
        Sign.GPU,
        Sign.CURRENCY,
    }:
        return at
    if limited is None and sign(marks, at + 1) is not Sign.STOP:
        return at
    _set_millicpus(reading, value * 1000, None, limited)
    return start + 1


def accelerators(marks: list[Mark], at: int, reading: Reading) -> int:
    """`[bound] [number] [x] GPU or model [of memory]`."""
    limited, start = (None, at + 1) if sign(marks, at) is Sign.BETWEEN else bound(marks, at)
    count = number(marks, start)
    upper = _range(marks, start + 1) if count is not None else None
    if upper is not None and sign(marks, upper[1]) in _ACCELERATOR:
        # Of `2 to 4 GPUs` the lower end counts: an intent has no upper one.
        return _accelerators(marks, upper[1], reading, count=count, limited=Sign.AT_LEAST)
    after = start + 1 if count is not None else start
    if count is not None:
        inner, after = bound_behind(marks, after)
        limited = limited or inner
    after = skip(marks, after, (Sign.TIMES,) if count is not None else (Sign.ONE,))
    if sign(marks, after) not in _ACCELERATOR:
        return _with_memory_between(marks, at, after, reading, count, limited)
    return _accelerators(marks, after, reading, count=count, limited=limited)


def _with_memory_between(
    marks: list[Mark], at: int, after: int, reading: Reading, count: Decimal | None, limited: Sign | None
) -> int:
    """`8 x 80 GB A100`."""
    size = number(marks, after)
    if count is None or size is None or sign(marks, after - 1) is not Sign.TIMES:
        return at
    if sign(marks, after + 1) is not Sign.MEMORY_UNIT or sign(marks, after + 2) not in _ACCELERATOR:
        return at
    unit = marks[after + 1].value
    assert isinstance(unit, Decimal)
    return _accelerators(marks, after + 2, reading, count=count, limited=limited, memory=int(size * unit))


def _accelerators(
    marks: list[Mark],
    at: int,
    reading: Reading,
    *,
    count: Decimal | None = None,
    limited: Sign | None = None,
    memory: int | None = None,
) -> int:
    reading.gpu = True
    first = len(reading.gpu_models)
    at = _models(marks, at, reading)
    if sign(marks, at) is Sign.TIMES and count is None and number(marks, at + 1) is not None:
        count, at = number(marks, at + 1), at + 2
    if count is not None:
        behind, at = bound_behind(marks, at)
        _count(reading, count, limited or behind)
    if memory is not None:
        _gpu_memory(reading, first, memory, limited if count is None else None)
        return at
    return _memory_of_each(marks, at, first, reading)


def _models(marks: list[Mark], at: int, reading: Reading) -> int:
    """The nouns and models from here on, with `or` and commas between models."""
    while True:
        if sign(marks, at) is Sign.GPU_MODEL:
            models = marks[at].value
            assert isinstance(models, tuple)
            reading.gpu_models += [each for each in models if isinstance(each, GpuName)]
            reading.gpu_mentions += 1
        elif sign(marks, at) is not Sign.GPU:
            return at
        at += 1
        follows = skip(marks, at, (Sign.OR, Sign.COMMA))
        if follows > at and sign(marks, follows) is Sign.GPU_MODEL:
            at = follows


def _count(reading: Reading, count: Decimal, limited: Sign | None) -> None:
    if limited in (None, Sign.EXACTLY):
        # `2x L4 or 1x A100`: of several counts none holds for all.
        reading.gpu_count = count if reading.gpu_mentions < 2 or reading.gpu_count == count else None
    elif limited is Sign.AT_LEAST:
        reading.gpu_count_at_least = count
    elif limited is Sign.MORE_THAN:
        reading.gpu_count_at_least = count + 1


def _memory_of_each(marks: list[Mark], at: int, first: int, reading: Reading) -> int:
    """`... with at least 40 GB each`, behind accelerators. The memory of the instance is left to `measure`."""
    models = reading.gpu_models[first:]
    variants = {size for each in models for size in each.memory_mib}
    # Behind a comma it is the GPU's where it tells the model's variants apart: `A100, 80 GB`.
    joints = (Sign.OF, Sign.WITH, Sign.COMMA) if len(variants) > 1 else (Sign.OF, Sign.WITH)
    used = skip(marks, at, (Sign.FOR, Sign.WORK)) if not models else at
    limited, start = bound(marks, skip(marks, used if sign(marks, used) is Sign.WITH else at, joints))
    size = number(marks, start)
    if size is None or sign(marks, start + 1) is not Sign.MEMORY_UNIT:
        return at
    unit = marks[start + 1].value
    assert isinstance(unit, Decimal)
    kinds, end = _tail(marks, start + 2)
    if models and limited is None and Sign.EACH in kinds and sign(marks, end - 2) in (Sign.PER, Sign.POR):
        # In `the cheapest H100 94 GB per GPU` it is the price that is per GPU.
        kinds, end = set(), start + 2
    if (kinds == {Sign.MEMORY} and (models or marks[end - 1].word == "ram")) or (Sign.TOTAL in kinds):
        return at
    known = not models or any(int(size * unit) in each.memory_mib for each in models)
    if not known and not kinds and limited is None:
        return at
    behind, end = bound_behind(marks, end)
    _gpu_memory(reading, first, int(size * unit), limited or behind)
    return end


def _gpu_memory(reading: Reading, first: int, memory: int, limited: Sign | None) -> None:
    """Of the models from the `first` on those with this memory, where it is said exactly; else the least of each."""
    models = reading.gpu_models[first:]
    if limited not in (None, Sign.EXACTLY) or not models:
        reading.gpu_memory = memory
        return
    exact = [each for each in models if memory in each.memory_mib]
    reading.gpu_models[first:] = exact or models
    if not exact or any(len(each.memory_mib) > 1 for each in exact):
        reading.gpu_memory = memory
