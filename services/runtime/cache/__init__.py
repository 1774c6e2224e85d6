"""Caches of bytes: tiers with one interface, and a guard against doing the same work twice at once."""

from services.runtime.cache.breaker import Breaker
from services.runtime.cache.memory import MemoryCache
from services.runtime.cache.metrics import CacheMetrics
from services.runtime.cache.port import Cache
from services.runtime.cache.redis import RedisCache
from services.runtime.cache.single_flight import SingleFlight
from services.runtime.cache.tiered import TieredCache

__all__ = ["Breaker", "Cache", "CacheMetrics", "MemoryCache", "RedisCache", "SingleFlight", "TieredCache"]
