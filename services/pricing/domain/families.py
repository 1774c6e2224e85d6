"""Families of instance types: what a provider sells in several sizes of the same proportions."""

from __future__ import annotations

import re
from typing import Final

from services.pricing.domain.offers import Provider

_AZURE: Final = re.compile(r"(?:Standard_)?(?P<letters>(?:Basic_)?[A-Za-z]+)\d+(?:-\d+)?(?P<rest>.*)", re.ASCII)
_GCP_SIZE: Final = re.compile(r"\d+g?", re.ASCII)


def family_of(provider: Provider, instance_type: str) -> str:
    """The family, as the catalogue spells it; the type itself where it has no known form.

    AWS: what is before the dot (`m7i`). Azure: the type without `Standard_`, its size and the number of vCPUs it is
    constrained to (`Dsv5`, `NCads_A100_v4`). GCP: the type without its size (`n2-standard`, `c3-standard-lssd`, `e2`
    for `e2-micro`).
    """
    match provider:
        case Provider.AWS:
            return instance_type.partition(".")[0]
        case Provider.AZURE:
            return _azure(instance_type)
        case Provider.GCP:
            return _gcp(instance_type)


def _azure(instance_type: str) -> str:
    found = _AZURE.fullmatch(instance_type)
    if found is None:
        return instance_type
    features, *others = found["rest"].split("_")
    joint = "" if len(others) == 1 and re.fullmatch(r"v\d+", others[0]) else "_"
    return joint.join((found["letters"] + features, *others))


def _gcp(instance_type: str) -> str:
    series, *parts = instance_type.split("-")
    left = [part for part in parts if not _GCP_SIZE.fullmatch(part)]
    if len(left) == len(parts):
        left = parts[:-1]
    return "-".join((series, *left))
