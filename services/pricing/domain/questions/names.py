"""How names of instance types and places are compared and, where they are new to the catalogue, recognised."""

from __future__ import annotations

import re
from typing import Final

from services.pricing.domain.offers import Provider
from services.pricing.domain.questions.folding import fold

_SEPARATORS: Final = re.compile(r"[\W_]+")


def key(name: str) -> str:
    """The name without case, accents and separators: `Standard_D2s_v5` and `standard d2s v5` have the same."""
    return _SEPARATORS.sub("", fold(name))


def type_keys(provider: Provider, instance_type: str) -> tuple[str, ...]:
    """All keys by which people call the type: Azure's also without `Standard`."""
    whole = key(instance_type)
    if provider is Provider.AZURE and whole.startswith("standard"):
        return whole, whole.removeprefix("standard")
    return (whole,)


def _split(names: str) -> frozenset[str]:
    return frozenset(names.split())


AWS_FAMILIES: Final = _split(
    "a1 c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c7i-flex c8a c8g c8gd "
    "c8gn c8i d2 d3 d3en dl1 dl2q f1 f2 g3 g3s g4ad g4dn g5 g5g g6 g6e gr6 h1 hpc6a hpc6id hpc7a hpc7g i2 i3 i3en "
    "i4g i4i i7i i7ie i8g im4gn inf1 inf2 is4gen m1 m2 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id "
    "m6idn m6in m7a m7g m7gd m7i m7i-flex m8a m8g m8gd m8i m8i-flex mac1 mac2 p2 p3 p3dn p4d p4de p5 p5e p5en "
    "p6-b200 r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz r8a r8g "
    "r8gd r8i t1 t2 t3 t3a t4g trn1 trn1n trn2 u-6tb1 u7i-12tb vt1 x1 x1e x2gd x2idn x2iedn x2iezn x8g z1d"
)
"""Families of Amazon EC2, not all of them: a type of one of these is taken as it is written, also where the catalogue
has no offer of it. None is made up from a slip of the pen: `m7.large` is in no family."""
_AWS_SIZE: Final = r"(?:nano|micro|small|medium|(?:[1-9]\d{0,2})?x?large|metal(?:-\d{1,3}xl)?)"
_AWS: Final = re.compile(rf"(?P<family>[a-z]{{1,3}}\d{{1,2}}[a-z]{{0,4}}(?:-[a-z0-9]{{1,5}})?)\.(?P<size>{_AWS_SIZE})")
_AZURE: Final = re.compile(
    r"(?:standard[_ -]?)?(?P<series>[a-z]{1,2})(?P<size>\d{1,3}(?:-\d{1,3})?)(?P<traits>[a-z]{0,6})"
    r"(?:[_ -](?P<card>[a-z]{1,2}\d{1,3}))?[_ -]?v(?P<version>\d)"
)
_AZURE_SERIES: Final = _split("a b d dc e ec f fx g gs h hb hc hx l m nc nd ng nm np nv")
"""The letters that Azure's sizes begin with."""
_GCP: Final = re.compile(
    r"(?:a[234]|c2d?|c3d?|c4[ad]?|e2|f1|g[124]|h3|m[1-4]|n[124]d?|n4[ad]?|t2[ad]|x4|z3)-"
    r"(?:standard|highmem|highcpu|megamem|ultramem|hypermem|highgpu|ultragpu|megagpu|edgegpu|maxgpu|micro|small|medium)"
    r"(?:-\d{1,4}g?)?(?:-lssd|-metal)?"
)
"""Machine series of Google Compute Engine, with the kinds that they come in."""


def well_formed(chunk: str, families: frozenset[str]) -> tuple[Provider, str] | None:
    """The provider and the usual spelling of a name that is made as its provider makes them.

    `families` are those of the catalogue; an AWS name must be of one of them or of `AWS_FAMILIES`.
    """
    found = _AWS.fullmatch(chunk)
    if found is not None:
        return (Provider.AWS, chunk) if found["family"] in families or found["family"] in AWS_FAMILIES else None
    if _GCP.fullmatch(chunk):
        return Provider.GCP, chunk
    found = _AZURE.fullmatch(chunk)
    if found is None or found["series"] not in _AZURE_SERIES:
        return None
    card = f"_{found['card'].upper()}" if found["card"] else ""
    return (
        Provider.AZURE,
        f"Standard_{found['series'].upper()}{found['size']}{found['traits']}{card}_v{found['version']}",
    )


def looks_like_a_type(chunk: str) -> bool:
    """Whether it has the form of an AWS type, of whatever family."""
    return _AWS.fullmatch(chunk) is not None
