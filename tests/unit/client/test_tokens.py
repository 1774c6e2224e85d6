"""When a client asks for another access token, and when it does not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import pytest
from malha.auth.tokens import FixedToken, Token, Tokens
from malha.errors import MalhaError, Unavailable


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Issuer:
    """Numbers its tokens; fails, or waits for leave, when it is told to."""

    clock: Clock
    life: float = 600.0
    issued: int = 0
    refused: list[str] = field(default_factory=list)
    failure: MalhaError | None = None
    leave: threading.Event | None = None
    asked: threading.Event = field(default_factory=threading.Event)

    def fetch(self, refused: str = "") -> Token:
        self.refused.append(refused)
        self.asked.set()
        if self.leave is not None:
            assert self.leave.wait(10)
        if self.failure is not None:
            raise self.failure
        self.issued += 1
        return Token(f"token-{self.issued}", self.clock.now + self.life, self.life)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> Issuer:
    return Issuer(clock)


@pytest.fixture
def tokens(issuer: Issuer, clock: Clock) -> Tokens:
    return Tokens(issuer, clock)


GONE = Unavailable(grpc.StatusCode.UNAVAILABLE, "nobody is there")


def test_a_token_serves_until_a_minute_before_its_end(tokens: Tokens, clock: Clock) -> None:
    assert tokens.held() is None
    assert tokens.get() == "token-1"
    clock.now += 539
    assert (tokens.held(), tokens.get()) == ("token-1", "token-1")
    clock.now += 1
    assert tokens.held() is None
    assert tokens.get() == "token-2"


def test_a_short_life_is_not_renewed_all_the_time(tokens: Tokens, issuer: Issuer, clock: Clock) -> None:
    issuer.life = 10
    assert tokens.get() == "token-1"
    clock.now += 7.9
    assert tokens.get() == "token-1"
    clock.now += 0.2
    assert tokens.get() == "token-2"


def test_many_who_need_the_first_token_ask_once(tokens: Tokens, issuer: Issuer) -> None:
    issuer.leave = threading.Event()
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(tokens.get) for _ in range(16)]
        assert issuer.asked.wait(10)
        issuer.leave.set()
        assert {each.result(10) for each in waiting} == {"token-1"}
    assert issuer.issued == 1


def test_nobody_waits_for_the_next_token_while_the_old_one_lasts(tokens: Tokens, issuer: Issuer, clock: Clock) -> None:
    tokens.get()
    clock.now += 560
    issuer.asked.clear()
    issuer.leave = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(tokens.get)
        assert issuer.asked.wait(10)
        assert tokens.get() == "token-1"
        issuer.leave.set()
        assert renewing.result(10) == "token-2"
    assert tokens.get() == "token-2"


def test_an_issuer_that_is_away_is_missed_only_when_the_token_is_over(
    tokens: Tokens, issuer: Issuer, clock: Clock
) -> None:
    tokens.get()
    issuer.failure = GONE
    clock.now += 545
    for _ in range(10):
        assert tokens.get() == "token-1"
    assert len(issuer.refused) == 2, "after a failure it is left alone for some seconds"
    clock.now += 5
    assert tokens.get() == "token-1"
    assert len(issuer.refused) == 3
    clock.now += 50
    with pytest.raises(Unavailable, match="nobody is there"):
        tokens.get()
    issuer.failure = None
    assert tokens.get() == "token-2"


def test_a_refused_token_is_replaced_once_for_all_who_had_it(tokens: Tokens, issuer: Issuer) -> None:
    first = tokens.get()
    assert [tokens.other(first) for _ in range(5)] == ["token-2"] * 5
    assert issuer.refused == ["", "token-1"]
    assert tokens.get() == "token-2"


def test_a_token_from_outside_has_no_other(clock: Clock) -> None:
    tokens = Tokens(FixedToken("given"), clock)
    assert tokens.get() == "given"
    clock.now += 1e9
    assert tokens.get() == "given"
    assert tokens.other("given") is None


def test_a_token_is_not_in_its_repr() -> None:
    assert "secret" not in repr(Token("secret", 1.0, 1.0))
