"""Numbers as protobuf writes them, for messages that are put together from bytes."""

from functools import lru_cache


@lru_cache(maxsize=1 << 14)
def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
