"""What the parser process knows of Google: pages of SKUs, and the machine types that they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import msgspec

from services.pricing.adapters.providers.gcp.composing import TERMS, Composed, Missing, Rate, compose, sustained
from services.pricing.adapters.providers.gcp.shapes import Shape, hosts, shapes
from services.pricing.adapters.providers.gcp.skus import Part, Sku, read_nanos, read_part
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import Unreadable, decode_page
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope, moment
from services.pricing.adapters.providers.regions import is_region
from services.pricing.domain.offers import Offer, OfferKey, Provider, Purchase
from services.pricing.domain.readings import RejectReason

RESOURCE = "resource"
"""The plan of commitments to cores, memory and accelerators; those to an amount of money are not in the catalogue."""


class _Page(msgspec.Struct, rename="camel"):
    skus: list[msgspec.Raw] = []
    next_page_token: str = ""


_PAGES = msgspec.json.Decoder(_Page)
_SKUS = msgspec.json.Decoder(Sku)


class GcpParsers:
    """Rates are gathered from all pages; machine types are composed when the last one was read."""

    def __init__(self) -> None:
        self._hosts = hosts()
        self._rates: dict[str, dict[Part, Rate]] = defaultdict(dict)
        self._rivals: dict[str, set[Part]] = defaultdict(set)

    def by_name(self) -> Mapping[str, Callable[[Task, Collector], Done]]:
        """The parsers."""
        return {"page": self._page, "end": self._end}

    def _page(self, task: Task, collector: Collector) -> Done:
        page = decode_page(task, _PAGES, "page of SKUs")
        for raw in page.skus:
            collector.row()
            self._read(raw, task, collector)
        return Done(following=page.next_page_token)

    def _read(self, raw: msgspec.Raw, task: Task, collector: Collector) -> None:
        label = ""
        try:
            try:
                sku = _SKUS.decode(raw)
            except msgspec.DecodeError as error:
                label = bytes(raw).decode(errors="replace")
                raise NoOffer(RejectReason.MALFORMED, str(error)) from error
            label = sku.label
            part = read_part(sku, self._hosts)
            nanos = read_nanos(sku, part.resource)
            rate = Rate(nanos, sku.sku_id, moment(sku.pricing_info[0].effective_time))
            for region in sku.service_regions:
                self._keep(region, part, rate, label, task, collector)
            collector.skip("parts of machine types")
        except OutOfScope as outside:
            collector.skip(outside.kind)
        except NoOffer as verdict:
            collector.reject(label, verdict.reason, verdict.detail)

    def _keep(self, region: str, part: Part, rate: Rate, label: str, task: Task, collector: Collector) -> None:
        if task.regions and region not in task.regions:
            return
        if not is_region(Provider.GCP, region):
            collector.reject(label, RejectReason.UNKNOWN_REGION, f"region {region!r}")
            return
        before = self._rates[region].setdefault(part, rate)
        if before.nanos != rate.nanos:
            self._rivals[region].add(part)
            detail = f"the same in {region} as SKU {before.sku} at another price"
            collector.reject(label, RejectReason.AMBIGUOUS, detail)

    def _end(self, task: Task, collector: Collector) -> Done:
        if not self._rates:
            # A service that does not exist, or has nothing, is answered with an empty list and no error.
            raise Unreadable("not a single price of a core, of memory or of an accelerator")
        table = list(shapes())
        for region in sorted(self._rates):
            rivals = self._rivals[region]
            rates = {part: rate for part, rate in self._rates[region].items() if part not in rivals}
            for shape in table:
                self._compose(region, shape, rates, collector)
        self._rates.clear()
        self._rivals.clear()
        return Done()

    def _compose(self, region: str, shape: Shape, rates: Mapping[Part, Rate], collector: Collector) -> None:
        for purchase, months in TERMS:
            try:
                composed = compose(shape, rates, purchase, months)
            except Missing as missing:
                label = f"{region} {shape.instance.type} {purchase} {months or ''}".rstrip()
                collector.reject(label, RejectReason.INCOMPLETE, f"no price of {', '.join(missing.parts)}")
                continue
            if composed is None:
                continue
            self._tell(region, shape, purchase, months, composed, collector)
            discounted = sustained(shape, composed) if purchase is Purchase.ON_DEMAND else None
            if discounted is not None:
                self._tell(region, shape, Purchase.SUSTAINED_USE, 0, discounted, collector)

    def _tell(
        self, region: str, shape: Shape, purchase: Purchase, months: int, composed: Composed, collector: Collector
    ) -> None:
        plan = RESOURCE if purchase is Purchase.COMMITTED_USE else ""
        key = OfferKey(Provider.GCP, region, shape.instance.type, purchase, term_months=months, plan=plan)
        source = collector.source(composed.since, composed.note)
        collector.offer(Offer(key, shape.instance, composed.hourly, source))
