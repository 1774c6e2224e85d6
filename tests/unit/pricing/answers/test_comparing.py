"""What is set side by side: what is named, or else what gives as much as it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.pricing.domain.advice.types.comparison import Split
from services.pricing.domain.answers.comparing import sides_of
from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.offers import Provider, Purchase
from tests.unit.pricing.advice.offers import catalogue

INDEX = catalogue(
    (
        "aws us-east-1 m7i.large 2/8 on_demand 0.1",
        "aws us-west-2 m7i.large 2/8 on_demand 0.1",
        "gcp us-central1 e2-standard-2 2/8 on_demand 0.067",
        "gcp us-central1 e2-highcpu-4 4/4 on_demand 0.09",
    )
)


def test_one_type_is_set_against_what_gives_as_much() -> None:
    wanted = Constraints(instance_types=("m7i.large",))
    (itself, alike), split = sides_of(wanted, INDEX)
    assert itself == wanted
    assert (alike.instance_types, alike.millicpus_at_least, alike.memory_mib_at_least) == ((), 2_000, 8 * 1024)
    assert split == (Split.PROVIDER,)


def test_what_the_question_says_goes_before_what_the_type_gives() -> None:
    wanted = Constraints(instance_types=("m7i.large",), memory_mib_at_least=4 * 1024)
    (_, alike), _ = sides_of(wanted, INDEX)
    assert (alike.millicpus_at_least, alike.memory_mib_at_least) == (2_000, 4 * 1024)


@pytest.mark.parametrize(
    ("wanted", "subjects", "split"),
    [
        (Constraints(instance_types=("m7i.large", "e2-standard-2")), 2, ()),
        (Constraints(gpu=GpuNeed(models=("L4", "T4"), count_exact=Decimal(1))), 2, ()),
        (Constraints(instance_types=("m7i.large",), purchases=tuple(Purchase)), 1, (Split.PURCHASE,)),
        (Constraints(instance_types=("m7i.large",), areas=("usa",)), 1, (Split.REGION,)),
        (Constraints(providers=(Provider.AWS,)), 1, (Split.REGION,)),
        (Constraints(millicpus_at_least=2_000), 1, (Split.PROVIDER,)),
        (Constraints(instance_types=("p5.48xlarge",)), 1, (Split.PROVIDER,)),
    ],
)  # fmt: skip
def test_things_of_one_kind_stand_for_themselves(wanted: Constraints, subjects: int, split: tuple[Split, ...]) -> None:
    found = sides_of(wanted, INDEX)
    assert (len(found[0]), found[1]) == (subjects, split)
