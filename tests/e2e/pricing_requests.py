"""What is asked of each rpc of the pricing services whose answers have amounts."""

from __future__ import annotations

from typing import Any

M7I = "offers/aws~us-east-1~m7i.large~on_demand"
N2 = {"instance_types": ["n2-standard-8"], "regions": ["us-central1"]}
_NEED = {"min_vcpus": 4, "min_memory_gib": 16, "areas": ["europe"]}

# What is asked of each rpc.
REQUESTS: dict[str, list[dict[str, Any]]] = {
    "SearchOffers": [{"page_size": 500}, {"filter": "purchase_option = COMMITTED_USE"}, {"filter": "gpu_count >= 1"}],
    "GetOffer": [{"name": M7I}],
    "ListPriceHistory": [{"parent": M7I}],
    "ListTokenPrices": [{"page_size": 500}],
    "CompareOffers": [{"subjects": [{"offer": M7I}, {"need": _NEED}], "splits": ["SPLIT_PROVIDER", "SPLIT_PURCHASE"]}],
    "RecommendConfiguration": [
        {"constraints": _NEED, "work": {"vcpus": 30}, "budget": {"amount": {"units": 9}, "period": "PERIOD_HOUR"}},
        {
            "constraints": N2,
            "workload": {"baseline": 3, "peaks": [{"instances": 4, "hours_a_month": 100}]},
            "interruptible_share": 0.3,
        },
    ],
    "EstimateWorkload": [
        {
            "items": [
                {
                    "wanted": {"offer": M7I},
                    "quantity": 3,
                    "storage": {"amount": 100, "unit_price": {"currency_code": "USD", "nanos": 80000000}},
                    "egress": {"amount": 10.5, "unit_price": {"currency_code": "USD", "nanos": 90000000}},
                }
            ]
        }
    ],
    "AnalyzeCommitment": [{"commitment": {"need": {**N2, "term_months": 36}}, "quantity": 2}],
    "ForecastPrices": [
        {"offer": M7I},
        {
            "offer": M7I,
            "history": [
                {
                    "time": f"2026-{1 + day // 28:02}-{1 + day % 28:02}T00:00:00Z",
                    "hourly_price": {"currency_code": "USD", "nanos": 30000000 + day % 5 * 1000000},
                }
                for day in range(120)
            ],
        },
    ],
    "PlanCapacity": [
        {
            "rate": 200,
            "latency": "0.2s",
            "shapes": [{"constraints": {"min_vcpus": 4, "regions": ["us-east-1"]}, "concurrency_per_vcpu": 2}],
            "zones": 3,
            "zones_lost": 1,
        }
    ],
    "AskQuestion": [
        {"text": text}
        for text in (
            "cheapest H100 in Europe under 100 dollars an hour",
            "Compare m7i.large and n2-standard-2",
            "Quanto custam 3 m7i.large em us-east-1 por 200 horas?",
            "Recommend something for 64 vCPUs and 256 GB with a budget of 5000 USD a month",
            "When does a committed use discount for n2-standard-8 in us-central1 pay off?",
            "What is the price history of m7i.large in us-east-1?",
            "How does spot work?",
        )
    ],
}
