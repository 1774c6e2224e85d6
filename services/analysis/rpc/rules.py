"""The rpcs that read rules: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer

from services.analysis.convert import rule_to_proto
from services.analysis.domain.findings import Category, Confidence, Severity
from services.analysis.domain.rules.document import Engine
from services.analysis.usecases.get_rule import GetRule
from services.analysis.usecases.list_rules import ListRules, position
from services.runtime.listing import FieldType, OrderTerm, PageTokenInvalid
from services.runtime.listing.fields import STRING
from services.runtime.listing.page import Listing

LISTING = Listing(
    method="ListRules",
    fields={
        "id": STRING,
        "title": STRING,
        "category": FieldType.enum(*(category.name for category in Category), prefix="CATEGORY_"),
        "severity": FieldType.enum(*(severity.name for severity in Severity), prefix="SEVERITY_"),
        "confidence": FieldType.enum(*(confidence.name for confidence in Confidence), prefix="CONFIDENCE_"),
        "engine": FieldType.enum(*(engine.name for engine in Engine), prefix="ENGINE_"),
    },
    order_types={"id": str, "category": int, "severity": int},
    default_order=(OrderTerm("id"),),
    default_page=100,
)


@dataclass(frozen=True, kw_only=True)
class RuleRpcs(AnalysisServiceServicer):
    """GetRule and ListRules."""

    get_rule: GetRule
    list_rules: ListRules

    async def GetRule(self, request: pb.GetRuleRequest, context: object) -> pb.GetRuleResponse:
        return pb.GetRuleResponse(rule=rule_to_proto(self.get_rule(request.name.removeprefix("rules/"))))

    async def ListRules(self, request: pb.ListRulesRequest, context: object) -> pb.ListRulesResponse:
        page = LISTING.page(request.filter, request.order_by, request.page_token, request.page_size)
        after = None if page.after is None else page.after[-1]
        try:
            rules, more = self.list_rules(page.filter, page.order, page.limit, after)
        except KeyError:  # a rule that another version of the server had
            raise PageTokenInvalid from None
        return pb.ListRulesResponse(
            rules=[rule_to_proto(rule) for rule in rules],
            next_page_token=page.next_token(position(rules[-1], page.order)) if more else "",
        )
