"""What is not wanted is not read as wanted, what may be is not read as what must be, and no bound is lost."""

from __future__ import annotations

from typing import Any

import pytest

from services.pricing.domain.questions import Interpreter
from tests.unit.pricing.questions.expectations import compact
from tests.unit.pricing.questions.vocabulary import VOCABULARY

V100 = ["V100", "V100-32GB"]
COMMITTED = ["committed_use", "reserved", "savings_plan"]


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    return Interpreter(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # A GPU that is not wanted.
        ("cheapest gpu instance that isnt a T4", {"gpu": {}, "not_gpus": ["T4"]}),
        ("cheapest nvidia gpu, no T4", {"gpu": {}, "not_gpus": ["T4"]}),
        ("h100 or a100 but not h200, cheapest", {"not_gpus": ["H200"]}),
        ("not a T4, cheapest gpu with 24gb", {"gpu": {"mem": 24}, "not_gpus": ["T4"]}),
        ("a mais barata com gpu, mas que não seja T4", {"gpu": {}, "not_gpus": ["T4"]}),
        ("quero qualquer gpu menos da nvidia T4 e V100, a mais barata", {"gpu": {}, "not_gpus": ["T4", *V100]}),
        ("no need for a gpu, just 8 cores and 16 gigs, cheapest", {"gpu": None, "no_gpu": True}),
        ("gpu not needed, cheapest 8 vcpu", {"gpu": None, "no_gpu": True}),
        ("gpu nao e necessaria, 8 vcpu mais barato", {"gpu": None, "no_gpu": True}),
        ("with or without gpu, cheapest 8 vcpu", {"gpu": None, "no_gpu": None}),
        ("com ou sem gpu, 8 vcpu mais barato", {"gpu": None, "no_gpu": None}),
        # Whom or what somebody leaves.
        ("neither aws nor gcp: cheapest 16 vcpu vm", {"providers": None, "not_providers": ["aws", "gcp"]}),
        ("neither spot nor reserved: cheapest h100", {"purchases": None, "not_purchases": ["reserved", "spot"]}),
        ("we're leaving gcp. what's the cheapest 16 vcpu 64 GB vm elsewhere?", {"not_providers": ["gcp"]}),
        ("migrating away from aws, cheapest 8 vcpu 32gb", {"not_providers": ["aws"]}),
        ("saindo da aws, 8 vcpu 32gb mais barato", {"not_providers": ["aws"]}),
        ("instead of m7i.2xlarge what could i use that is cheaper", {"op": "compare", "behaviour": None}),
        ("em vez de m7i.2xlarge, o que tem de mais barato?", {"op": "compare", "behaviour": None}),
        # What comes first.
        ("not the dearest but the cheapest h100 pls", {"op": "cheapest", "order": "price"}),
        ("nao quero a mais cara, quero a mais barata com h100", {"op": "cheapest", "order": "price"}),
        # What may be.
        ("i do not mind spot, cheapest 8 vcpu 32gb", {"purchases": None, "not_purchases": None}),
        ("spot is fine, cheapest 8 vcpu", {"purchases": None, "not_purchases": None}),
        ("tanto faz ser spot ou nao, h100 mais barata", {"purchases": None, "not_purchases": None}),
        ("cheapest 8 vcpu vm, spot not allowed, arm is fine", {"not_purchases": ["spot"], "arch": None}),
        ("8 vcpu 32gb mais barato, pode ser spot ou sob demanda", {"purchases": ["on_demand", "spot"]}),
        ("arm ou x86 tanto faz, 8 vcpu mais barato", {"arch": ["arm64", "x86_64"]}),
        # Systems.
        ("don't show me windows prices, only linux, for D4s v5", {"os": ["linux"]}),
        ("not windows, D4s v5", {"os": ["linux", "rhel", "suse", "ubuntu_pro"]}),
        # Places.
        ("m7i.2xlarge no brasil", {"areas": ["brazil"], "not_regions": None}),
        ("D4s v5 no sul do brasil", {"regions": ["brazilsouth"], "not_regions": None}),
        ("m7i.large no us-east-1", {"regions": ["us-east-1"], "not_regions": None}),
        ("cheapest m7i.large, no us-east-1 please", {"regions": None, "not_regions": ["us-east-1"]}),
        ("cheapest m7i.large in europe, not uk", {"areas": ["europe"], "not_regions": ["eu-west-2"]}),
        ("cheapest m7i.large in the eu but not ireland", {"areas": ["eu"], "not_regions": ["eu-west-1"]}),
        (
            "m7i.2xlarge irlanda x frankfurt x londres",
            {"op": "compare", "areas": None, "regions": ["eu-central-1", "eu-west-1", "eu-west-2"]},
        ),
        ("m7i.large in frankfurt, europe", {"areas": ["europe"], "regions": ["eu-central-1"]}),
        # Bounds.
        ("at most 4 gpus A100 80gb, cheapest", {"gpu": {"models": ["A100-80GB"], "max": 4}}),
        ("less than 8 gpus h100, cheapest", {"gpu": {"models": ["H100"], "max": 7}}),
        ("ate 4 gpus L4, mais barata", {"gpu": {"models": ["L4"], "max": 4}}),
        ("more than 4 but fewer than 16 vcpus, cheapest on gcp", {"vcpu_min": 5, "vcpu_max": 15}),
        ("at least 64 and at most 128 gb ram, cheapest", {"mem_min": 64, "mem_max": 128}),
        ("mais de 4 e menos de 16 vcpus na gcp, mais barata", {"vcpu_min": 5, "vcpu_max": 15}),
        ("budget 12k a year, 16 vcpu 64 gb", {"budget": "12000 USD/year", "hours": None}),
        ("orcamento de 500 por mes, 8 vcpu", {"budget": "500 USD/month", "hours": None}),
        ("4 gb per vcpu, 16 vcpu, cheapest", {"vcpu_min": 16, "mem_min": 64, "order": "price"}),
        ("16 vcpus com 8 gb de ram por vcpu, mais barata", {"vcpu_min": 16, "mem_min": 128}),
        # What is sold beside machines.
        ("price of 1TB in s3 standard", {"op": "refuse"}),
        ("how much is 500 gb of ebs gp3?", {"op": "refuse"}),
        ("how much is m7i.large beside an rds?", {"op": "search", "types": ["m7i.large"]}),
        # A commitment that only its payment tells of.
        ("r7i.2xlarge 1 year partial upfront", {"term": 12, "pay": "partial_upfront", "purchases": COMMITTED}),
        ("m7i.large 3 anos sem entrada", {"term": 36, "pay": "no_upfront", "hours": None}),
        ("m7i.large 1 ano com tudo pago na frente", {"term": 12, "pay": "all_upfront"}),
        # `Just` what follows, and not what stands before.
        ("ok so not spot then, just on demand h100", {"purchases": ["on_demand"], "not_purchases": ["spot"]}),
        ("nao spot, so on demand h100", {"purchases": ["on_demand"], "not_purchases": ["spot"]}),
        ("drop spot, show me the on demand price of c7i.4xlarge", {"op": "search", "purchases": ["on_demand"]}),
        ("not azure, just aws, cheapest 8 vcpu", {"providers": ["aws"], "not_providers": ["azure"]}),
        ("cheapest 8 vcpu, except aws, azure", {"providers": None, "not_providers": ["aws", "azure"]}),
        # What is not allowed, said behind it.
        ("spot's not ok, cheapest 8 vcpu 32 gb", {"purchases": None, "not_purchases": ["spot"]}),
        ("reserved is fine but spot isn't, cheapest 8 vcpu", {"purchases": None, "not_purchases": ["spot"]}),
        ("arm won't work, cheapest 8 vcpu", {"arch": ["x86_64"]}),
        ("azure não, aws sim, 8 vcpu mais barato", {"providers": ["aws"], "not_providers": ["azure"]}),
        ("our policy bans azure. cheapest 8 vcpu 32 gb", {"providers": None, "not_providers": ["azure"]}),
        ("esquece a azure, 8 vcpu mais barato", {"providers": None, "not_providers": ["azure"]}),
        ("unless it's spot i'm fine with anything, cheapest a100", {"purchases": None, "not_purchases": ["spot"]}),
        ("a menos que seja azure, 8 vcpu mais barato", {"providers": None, "not_providers": ["azure"]}),
        # What is not left out, and where one stays.
        ("don't exclude spot, cheapest 8 vcpu", {"purchases": None, "not_purchases": None}),
        ("nao tira a aws, quero 8 vcpu mais barato nas tres", {"providers": None, "not_providers": None}),
        ("i wouldn't rule out arm, cheapest 8 vcpu", {"arch": None}),
        ("os dados nao podem sair da alemanha. 4 vcpu 16gb mais barata", {"areas": ["germany"], "not_regions": None}),
        ("without leaving europe, cheapest 8 vcpu", {"areas": ["europe"], "not_regions": None}),
        ("nao podemos sair da aws, 4 vcpu mais barata", {"providers": ["aws"], "not_providers": None}),
        # What is left out beyond a limit.
        ("discard anything with less than 64 gb ram, cheapest 8 vcpu", {"mem_min": 64, "mem_max": None}),
        ("elimina as que tem menos de 64gb, 8 vcpu mais barata", {"mem_min": 64, "mem_max": None}),
        ("nothing smaller than 16 vcpus, cheapest", {"vcpu_min": 16, "vcpu_max": None}),
        ("ignore those with more than 16 vcpus, cheapest", {"vcpu_min": None, "vcpu_max": 16}),
        ("nothing over 2 dollars an hour, h100", {"op": "search", "budget": "2 USD/hour"}),
        ("remove anything above $1 an hour, 8 vcpu", {"op": "search", "budget": "1 USD/hour"}),
        ("i refuse to pay more than $700 monthly for 16 vcpu 64 gb", {"budget": "700 USD/month"}),
        ("nao quero pagar mais de 700 dolares por mes em 16 vcpus", {"budget": "700 USD/month"}),
        ("nao tem maquina com mais de 8 vcpus mais barata na aws?", {"vcpu_min": 9, "vcpu_max": None}),
        ("budget $21000 for 3 months, 8 a100", {"budget": "7000 USD/month", "hours": None}),
        ("nosso budget é 21 mil dolares por 3 meses, 8 a100", {"budget": "7000 USD/month", "hours": None}),
        # What a price is not per.
        ("cheapest h100 not per gpu, total price", {"order": "price"}),
        # How many, and of which memory.
        ("at most 2 GPUs and at least 48 GB each, cheapest", {"gpu": {"max": 2, "mem": 48}, "mem_min": None}),
        ("what would it cost to run 50 spot vms with 4 vcpu 16 gb for 10 hours", {"quantity": 50, "hours": "10"}),
        ("what happens when a spot vm is removed", {"op": "explain", "topic": "spot"}),
    ],
)
def test_it_is_read_as_it_is_meant(interpreter: Interpreter, text: str, said: dict[str, Any]) -> None:
    found = compact(interpreter.interpret(text))
    assert {key: found.get(key) for key in said} == said
