"""The part of the asyncio pricing client about questions in plain language, English or Portuguese."""

# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncIterator

from malha.aio.pricing_client.calls import AsyncCalls
from malha.pricing.v1 import intent_pb2
from malha.pricing.v1 import question_service_pb2 as pb


class AsyncQuestionCalls(AsyncCalls):
    """What a question asks for, and its answer; `language` is `en`, `pt`, or empty for what the text tells."""

    async def interpret_question(
        self, text: str, *, language: str = "", timeout: float | None = None
    ) -> intent_pb2.Intent:
        """What a question of 1 to 2,000 characters asks for."""
        request = pb.InterpretQuestionRequest(text=text, language=language)
        return (await self._call("InterpretQuestion", self.questions.InterpretQuestion, request, timeout)).intent

    def ask_question(
        self, text: str, *, language: str = "", timeout: float | None = None
    ) -> AsyncIterator[pb.AskQuestionResponse]:
        """Answers a question as it goes: the intent, the steps, parts that are ready, and the answer at last.

        What is unclear is asked back, and what is not about the price of compute refused, both as answers.
        """
        request = pb.AskQuestionRequest(text=text, language=language)
        return self._stream("AskQuestion", self.questions.AskQuestion, request, timeout)

    async def answer_question(self, text: str, *, language: str = "", timeout: float | None = None) -> pb.Answer:
        """The answer alone."""
        answer = pb.Answer()
        async for event in self.ask_question(text, language=language, timeout=timeout):
            answer = event.answer
        return answer
