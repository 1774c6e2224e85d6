"""OAuth2 clients: programs through which somebody comes to a token."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.identity.directory.domain.subjects import Subject


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a client said of itself; `secret` is empty when it showed none."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """A client that proved to be itself as well as its kind can.

    One that is `public` runs on people's machines and can keep no secret, so it speaks for nobody by itself. Any other
    is an API key, and speaks for `subject`, the key's owner. `name` is what people are told of it.
    """

    id: str
    name: str
    subject: Subject | None = None

    @property
    def public(self) -> bool:
        """Whether anybody can claim to be it."""
        return self.subject is None

    @property
    def session(self) -> str:
        """The session of the tokens that the client gets for itself: its API key's; empty if it is none."""
        return self.subject.key.hex if self.subject is not None and self.subject.key is not None else ""
