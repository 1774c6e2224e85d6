"""The vocabulary as a catalogue gives it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.pricing.adapters.reference import load_reference
from services.pricing.domain.geography import AREAS, regions
from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.intents import Behaviour
from services.pricing.domain.questions import Interpreter, Vocabulary
from services.pricing.domain.versions import Origin, Version


@pytest.fixture(scope="module")
def index() -> CatalogueIndex:
    offers = load_reference()
    read = datetime(2026, 11, 20, tzinfo=UTC)
    return CatalogueIndex.build(Version(1, read, Origin.REFERENCE, read, read, len(offers)), offers)


@pytest.fixture(scope="module")
def interpreter(index: CatalogueIndex) -> Interpreter:
    return Interpreter(Vocabulary.of(index))


def test_every_name_of_the_catalogue_is_known(index: CatalogueIndex, interpreter: Interpreter) -> None:
    for each in index.instances():
        assert interpreter.interpret(f"price of {each.type}").constraints.instance_types == (each.type,)


def test_every_family_with_a_digit_is_known(index: CatalogueIndex, interpreter: Interpreter) -> None:
    for each in {instance.family for instance in index.instances()}:
        if any(one.isdigit() for one in each):
            assert interpreter.interpret(f"list {each}").constraints.families == (each,)


def test_every_gpu_model_is_known(index: CatalogueIndex, interpreter: Interpreter) -> None:
    for listing in index.gpus():
        need = interpreter.interpret(f"cheapest {listing.model}").constraints.gpu
        assert need is not None
        assert need.models == (listing.model,) or listing.model in ("A100", "V100")


def test_every_region_is_known_by_its_code_and_every_area_by_its_names(interpreter: Interpreter) -> None:
    for region in regions():
        assert interpreter.interpret(f"cheapest VM in {region.code}").constraints.regions == (region.code,)
    for area in AREAS.values():
        assert interpreter.interpret(f"cheapest VM in {area.name}").constraints.areas == (area.code,)
        assert interpreter.interpret(f"VM mais barata em {area.name_pt}").constraints.areas == (area.code,)


def test_every_city_is_known_in_both_languages(interpreter: Interpreter) -> None:
    for region in regions():
        if region.partition != "commercial":
            continue
        for name in (region.city, region.city_pt):
            of = interpreter.interpret(f"cheapest VM in {name}").constraints
            assert region.code in of.regions or of.areas, name


def test_an_empty_catalogue_still_understands(interpreter: Interpreter) -> None:
    empty = Interpreter(Vocabulary())
    assert empty.interpret("cheapest VM with 4 vCPUs").constraints.millicpus_at_least == 4000
    assert empty.interpret("how much does it cost?").behaviour is Behaviour.CLARIFY
