"""Questions in English and Portuguese, read into typed intents without a language model."""

from services.pricing.domain.questions.describe import describe
from services.pricing.domain.questions.interpreter import TEXT_AT_MOST, Interpreter
from services.pricing.domain.questions.topics import TOPICS
from services.pricing.domain.questions.vocabulary import AreaName, GpuName, InstanceName, RegionName, Vocabulary

__all__ = [
    "TEXT_AT_MOST",
    "TOPICS",
    "AreaName",
    "GpuName",
    "InstanceName",
    "Interpreter",
    "RegionName",
    "Vocabulary",
    "describe",
]
