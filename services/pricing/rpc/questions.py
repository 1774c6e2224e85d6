"""The rpcs of questions: parse, call, format."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from malha.pricing.v1 import question_service_pb2 as pb
from malha.pricing.v1.question_service_pb2_grpc import QuestionServiceServicer

from services.pricing.convert_answers import event_to_proto
from services.pricing.convert_intents import intent_to_proto
from services.pricing.usecases.ask_question import AskQuestion
from services.pricing.usecases.interpret_question import InterpretQuestion


@dataclass(frozen=True, kw_only=True)
class QuestionRpcs(QuestionServiceServicer):
    """`malha.pricing.v1.QuestionService`."""

    interpret_question: InterpretQuestion
    ask_question: AskQuestion

    async def InterpretQuestion(
        self, request: pb.InterpretQuestionRequest, context: object
    ) -> pb.InterpretQuestionResponse:
        found = self.interpret_question(request.text, request.language)
        return pb.InterpretQuestionResponse(intent=intent_to_proto(found.intent, found.sentence))

    async def AskQuestion(
        self, request: pb.AskQuestionRequest, context: object
    ) -> AsyncIterator[pb.AskQuestionResponse]:
        async with aclosing(self.ask_question(request.text, request.language)) as events:
            async for event in events:
                yield event_to_proto(event)
