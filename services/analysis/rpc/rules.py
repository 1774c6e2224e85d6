"""The rpcs that read rules: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer

from services.analysis.convert import rule_to_proto
from services.analysis.rpc import rule_fields
from services.analysis.usecases.get_rule import GetRule
from services.analysis.usecases.list_rules import ListRules

DEFAULT_PAGE = 100
LARGEST_PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class RuleRpcs(AnalysisServiceServicer):
    """GetRule and ListRules."""

    get_rule: GetRule
    list_rules: ListRules

    async def GetRule(self, request: pb.GetRuleRequest, context: object) -> pb.GetRuleResponse:
        return pb.GetRuleResponse(rule=rule_to_proto(self.get_rule(request.name.removeprefix("rules/"))))

    async def ListRules(self, request: pb.ListRulesRequest, context: object) -> pb.ListRulesResponse:
        page = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
        query, digest = rule_fields.parse(request.filter, request.order_by, request.page_token, page)
        rules, more = self.list_rules(query)
        return pb.ListRulesResponse(
            rules=[rule_to_proto(rule) for rule in rules],
            next_page_token=rule_fields.next_token(rules[-1], query, digest) if more else "",
        )
