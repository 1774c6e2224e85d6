"""Secrets at rest: the key-encryption keys in a file, and columns sealed beneath them."""

from services.runtime.secrets.keyring import KeyRing, KeysUnusable, create_keys
from services.runtime.secrets.vault import Place, SealBroken, Vault

__all__ = ["KeyRing", "KeysUnusable", "Place", "SealBroken", "Vault", "create_keys"]
