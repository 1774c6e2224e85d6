"""What the parser process knows of Amazon."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.pricing.adapters.providers.aws.advisor import read_advisor
from services.pricing.adapters.providers.aws.ec2 import Products, learn, read_prices
from services.pricing.adapters.providers.aws.savings import read_savings
from services.pricing.adapters.providers.aws.spot import Spot
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.frames import Done, Task


class AwsParsers:
    """The documents of a region rest on its EC2 file, which comes first."""

    def __init__(self) -> None:
        self._products = Products()
        self._spot = Spot()

    def by_name(self) -> Mapping[str, Callable[[Task, Collector], Done]]:
        """The parsers."""
        return {
            "ec2": self._ec2,
            "savings": lambda task, collector: read_savings(task, collector, self._products),
            "spot": lambda task, collector: self._spot.read_page(task, collector, self._products),
            "spot-end": lambda _, collector: self._spot.tell(collector),
            "advisor": read_advisor,
        }

    def _ec2(self, task: Task, collector: Collector) -> Done:
        self._products, self._spot = Products(), Spot()
        learn(task, self._products)
        return read_prices(task, collector, self._products)
