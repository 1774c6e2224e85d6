"""From what happens on the way to an answer to the contract's messages."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import lru_cache

from malha.pricing.v1 import catalog_service_pb2, intent_pb2
from malha.pricing.v1 import question_service_pb2 as pb

from services.pricing import convert_advice as advice
from services.pricing.convert import catalogue_to_proto, offer_to_proto, time_to_proto
from services.pricing.convert_figures import Named
from services.pricing.convert_intents import intent_to_proto
from services.pricing.convert_listings import span_to_proto
from services.pricing.domain.advice.types.commitment import CommitmentAnalysis
from services.pricing.domain.advice.types.comparison import Comparison
from services.pricing.domain.advice.types.estimate import Estimate
from services.pricing.domain.advice.types.recommendation import Recommendation
from services.pricing.domain.answers.events import Answered, Event, OffersShown, Partial, Series, Step, Understood
from services.pricing.domain.knowledge.passages import Passage


def event_to_proto(event: Event) -> pb.AskQuestionResponse:
    """One message of the stream."""
    match event:
        case Understood():
            return pb.AskQuestionResponse(intent=_understood(event))
        case Step():
            return pb.AskQuestionResponse(step=pb.AnswerStep(text=event.text, request=event.request))
        case Partial():
            offers = [offer_to_proto(offer, event.version.number) for offer in event.offers]
            return pb.AskQuestionResponse(partial=pb.PartialAnswer(offers=offers))
        case Answered():
            return pb.AskQuestionResponse(answer=_answer(event))


# Each answer says it twice, at its beginning and at its end.
@lru_cache(maxsize=64)
def _understood(event: Understood) -> intent_pb2.Intent:
    return intent_to_proto(event.intent, event.sentence)


def _answer(event: Answered) -> pb.Answer:
    answer = pb.Answer(
        text=event.text,
        intent=_understood(event.understood),
        passages=map(_passage, event.passages),
        catalogue=catalogue_to_proto(event.version),
        total=Named(event.version).figure(event.total),
    )
    match event.result:
        case OffersShown() as shown:
            answer.offers.CopyFrom(_offers(shown))
        case Estimate() as found:
            answer.estimate.CopyFrom(advice.estimate(found))
        case Comparison() as found:
            answer.comparison.CopyFrom(advice.comparison(found))
        case Recommendation() as found:
            answer.recommendation.CopyFrom(advice.recommendation(found))
        case CommitmentAnalysis() as found:
            answer.commitment.CopyFrom(advice.commitment(found))
        case Series() as found:
            answer.series.CopyFrom(_series(found))
    return answer


def _offers(shown: OffersShown) -> catalog_service_pb2.SearchOffersResponse:
    return catalog_service_pb2.SearchOffersResponse(
        offers=[offer_to_proto(offer, shown.version.number) for offer in shown.offers],
        total_size=shown.total,
        catalogue=catalogue_to_proto(shown.version),
    )


def _series(found: Series) -> pb.PriceSeries:
    return pb.PriceSeries(
        offer=offer_to_proto(found.offer, found.version.number), prices=map(span_to_proto, found.spans)
    )


def _passage(passage: Passage) -> pb.Passage:
    return pb.Passage(
        note=passage.note,
        title=passage.title,
        text=passage.text,
        sources=[
            pb.NoteSource(url=source.locator, observe_time=time_to_proto(datetime.combine(source.read_on, time(), UTC)))
            for source in passage.sources
        ],
    )
