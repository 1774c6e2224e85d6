"""What is computed for each row once, when a version is loaded: the instance's numbers and the prices per unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from services.pricing.domain.index import unit_prices
from services.pricing.domain.index.columns import Integers, frozen

if TYPE_CHECKING:
    from services.pricing.domain.index.rows import Rows
    from services.pricing.domain.offers import Instance


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Arrays with one number for each row."""

    millicpus: Integers
    memory_mib: Integers
    gpu_count: npt.NDArray[np.float64]
    gpu_memory_mib: Integers
    """Of each GPU; -1 without one or where it is not known."""
    gpu_total_mib: Integers
    """Of all GPUs together, the part of a MiB cut off; -1 likewise."""
    per_vcpu: Integers
    per_gib: Integers
    per_gpu: Integers


def figures_of(rows: Rows) -> Figures:
    """The numbers of these rows."""
    instances: list[Instance] = list(rows.instance.values)
    codes = rows.instance.codes.astype(np.intp)

    def gathered(value: Callable[[Instance], Any], kind: type[Any] = np.int64) -> npt.NDArray[Any]:
        return frozen(np.array([value(instance) for instance in instances], kind)[codes])

    def per(amount: Callable[[Instance], tuple[int, int]]) -> Integers:
        amounts = np.array([amount(instance) for instance in instances], np.int64).reshape(-1, 2)[codes]
        return frozen(unit_prices.divided(rows.hourly, amounts[:, 0], amounts[:, 1]))

    return Figures(
        millicpus=gathered(lambda instance: instance.millicpus),
        memory_mib=gathered(lambda instance: instance.memory_mib),
        gpu_count=gathered(lambda instance: instance.gpu.count if instance.gpu else 0, np.float64),
        gpu_memory_mib=gathered(_gpu_memory),
        gpu_total_mib=gathered(_gpu_total),
        per_vcpu=per(unit_prices.vcpus),
        per_gib=per(unit_prices.gib),
        per_gpu=per(unit_prices.gpus),
    )


def _gpu_memory(instance: Instance) -> int:
    memory = instance.gpu.memory_mib if instance.gpu else None
    return -1 if memory is None else memory


def _gpu_total(instance: Instance) -> int:
    if instance.gpu is None or instance.gpu.memory_mib is None:
        return -1
    return int(instance.gpu.count * instance.gpu.memory_mib)
