"""Rules for accelerators: `8x A100 80 GB`, `two or more GPUs`, `GPU with at least 24 GB`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.questions.grammar.cursor import OPENING, bound, bound_behind, number, sign, skip, skip_back
from services.pricing.domain.questions.grammar.units import ACCELERATOR, upper_end, whose
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.vocabulary import GpuName

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark


def accelerators(marks: list[Mark], at: int, reading: Reading) -> int:
    """`[bound] [number] [x] GPU or model [of memory]`."""
    limited, start = (None, at + 1) if sign(marks, at) is Sign.BETWEEN else bound(marks, at)
    count = number(marks, start)
    upper = upper_end(marks, start + 1) if count is not None else None
    if upper is not None and sign(marks, upper[1]) in ACCELERATOR:
        reading.gpu_count_at_most = upper[0]
        return take(marks, upper[1], reading, count=count, limited=Sign.AT_LEAST)
    after = start + 1 if count is not None else start
    if count is not None:
        inner, after = bound_behind(marks, after)
        limited = limited or inner
    after = skip(marks, after, (Sign.TIMES,) if count is not None else (Sign.ONE,))
    if sign(marks, after) not in ACCELERATOR:
        return _with_memory_between(marks, at, after, reading, count, limited)
    return take(marks, after, reading, count=count, limited=limited)


def _with_memory_between(
    marks: list[Mark], at: int, after: int, reading: Reading, count: Decimal | None, limited: Sign | None
) -> int:
    """`8 x 80 GB A100`."""
    size = number(marks, after)
    if count is None or size is None or sign(marks, after - 1) is not Sign.TIMES:
        return at
    if sign(marks, after + 1) is not Sign.MEMORY_UNIT or sign(marks, after + 2) not in ACCELERATOR:
        return at
    unit = marks[after + 1].value
    assert isinstance(unit, Decimal)
    return take(marks, after + 2, reading, count=count, limited=limited, memory=int(size * unit))


def take(
    marks: list[Mark],
    at: int,
    reading: Reading,
    *,
    count: Decimal | None = None,
    limited: Sign | None = None,
    memory: int | None = None,
) -> int:
    """Takes the accelerators that stand here, with what is already known of them; the place behind."""
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
    opens = sign(marks, skip_back(marks, at - 1, (Sign.ONE, Sign.THE))) in OPENING
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
            reading.alternatives |= opens and sign(marks, follows - 1) is Sign.OR
            at = follows


def _count(reading: Reading, count: Decimal, limited: Sign | None) -> None:
    if limited in (None, Sign.EXACTLY):
        # `2x L4 or 1x A100`: of several counts none holds for all.
        reading.gpu_count = count if reading.gpu_mentions < 2 or reading.gpu_count == count else None
    elif limited is Sign.AT_LEAST:
        reading.gpu_count_at_least = count
    elif limited is Sign.MORE_THAN:
        reading.gpu_count_at_least = count + 1
    elif limited is Sign.AT_MOST:
        reading.gpu_count_at_most = count
    elif limited is Sign.LESS_THAN:
        reading.gpu_count_at_most = max(count - 1, Decimal(0))


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
    kinds, end = whose(marks, start + 2)
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
