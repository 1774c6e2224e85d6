"""The chain that every rpc runs through: one file for each stage, the order in `chain`."""

from services.runtime.interceptors.chain import Chain
from services.runtime.interceptors.stage import Stage

__all__ = ["Chain", "Stage"]
