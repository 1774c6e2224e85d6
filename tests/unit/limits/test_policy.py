"""The policy file, whom its limits are for, and what becomes of a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.limits.adapters.policy_document import DEFAULT, read
from services.limits.adapters.policy_file import PolicyFile
from services.limits.domain.errors import PolicyUnusable
from services.limits.domain.policy import Limit

GOOD = """\
users: {free: 10/min, pro: 100/min}
anonymous: 20/min
global: 1_000/s
tenants: {acme: {pro: 500/h}}
shadow: [global, acme/pro]
edge: {floor: 5/s, development_floor: 6/s, entrance: 7/min}
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "limits.yaml"
    path.write_text(text)
    return path


def test_the_default_is_what_the_tiers_promise() -> None:
    policy = read(DEFAULT).policy()
    promised = {name: (limit.calls, limit.window_ms) for name, limit in policy.users.items()}
    assert promised == {"free": (10, 60_000), "pro": (100, 60_000), "enterprise": (1000, 60_000)}
    assert (policy.anonymous.calls, policy.anonymous.window_ms) == (20, 60_000)
    assert (policy.everyone.calls, policy.everyone.window_ms) == (1000, 1000)
    assert not any(limit.shadow for limit in (*policy.users.values(), policy.anonymous, policy.everyone))


def test_a_tenant_goes_before_the_tier_and_shadow_is_by_name(tmp_path: Path) -> None:
    policy = read(_written(tmp_path, GOOD)).policy()
    own = policy.claim({"tenant": "acme", "user": "users/a", "tier": "pro"}, 1)
    assert own is not None
    assert own.limit == Limit("acme/pro", 500, 3_600_000, shadow=True)
    tier = policy.claim({"tenant": "acme", "user": "users/a", "tier": "free"}, 1)
    assert tier is not None
    assert tier.limit == Limit("free", 10, 60_000)
    assert policy.everyone.shadow


@pytest.mark.parametrize("tier", ["", "platinum", "FREE", "development"])
def test_an_unknown_tier_is_the_strictest(tmp_path: Path, tier: str) -> None:
    claim = read(_written(tmp_path, GOOD)).policy().claim({"tenant": "t", "user": "u", "tier": tier}, 1)
    assert claim is not None
    assert claim.limit.name == "free"


def test_no_name_of_a_user_is_that_of_another(tmp_path: Path) -> None:
    policy = read(_written(tmp_path, GOOD)).policy()
    pairs = [("a", "b:c"), ("a:b", "c"), ("", "a:b:c"), ("1:a", "b"), ("a", "b"), ("b", "a")]
    claims = [policy.claim({"tenant": tenant, "user": user}, 1) for tenant, user in pairs]
    assert len({claim.subject for claim in claims if claim}) == len(pairs)


def test_a_call_never_costs_more_than_its_limit_or_less_than_one(tmp_path: Path) -> None:
    policy = read(_written(tmp_path, GOOD)).policy()
    costs = [claim.cost for cost in (0, 1, 50) if (claim := policy.claim({"user": "u"}, cost))]
    assert costs == [1, 1, 10]


def test_what_names_no_limit_has_none(tmp_path: Path) -> None:
    assert read(_written(tmp_path, GOOD)).policy().claim({"limited": "yes"}, 1) is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("free: 10/min", "free: 10 a minute"), "users.free: a limit is a number of calls and a unit"),
        (("free: 10/min", "free: 0/min"), "users.free.calls: Input should be greater than or equal to 1"),
        (("free: 10/min", "basic: 10/min"), "there is no tier free"),
        (("pro: 100/min", "development: 1/s"), "a tier cannot be called development"),
        (("{acme: {pro: 500/h}}", "{acme: {gold: 500/h}}"), "acme has a limit for gold"),
        (("[global, acme/pro]", "[everything]"), "there is no limit everything"),
        (("anonymous: 20/min\n", ""), "anonymous: Field required"),
        (("anonymous:", "anonymos:"), "anonymos: Extra inputs are not permitted"),
        (("anonymous: 20/min", "anonymous: 20/min\nanonymous: 2000/min"), "anonymous stands here twice"),
        (("users: {", "users: {{"), "is no YAML"),
        (("anonymous: 20/min", "anonymous: !!python/object/apply:os.getcwd []"), "is no YAML"),
        (("anonymous: 20/min", "anonymous: 99999999999999/min"), "anonymous.calls: Input should be less than"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        read(_written(tmp_path, GOOD.replace(*change)))
    assert problem in caught.value.problem


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyUnusable, match="cannot be read"):
        read(tmp_path / "absent.yaml")


async def test_a_change_is_taken_over_and_a_broken_one_is_told_and_changes_nothing(tmp_path: Path) -> None:
    path = _written(tmp_path, GOOD)
    file = PolicyFile(path)
    await file.refresh()
    assert file.policy.users["free"].calls == 10

    path.write_text(GOOD.replace("free: 10/min", "free: 12/min"))
    await file.refresh()
    assert (file.policy.users["free"].calls, file.problem) == (12, "")

    path.write_text("users: 7")
    await file.refresh()
    assert file.policy.users["free"].calls == 12
    with pytest.raises(PolicyUnusable, match="users"):
        await file.check()

    path.unlink()
    await file.refresh()
    assert "cannot be read" in file.problem

    path.write_text(GOOD.replace("free: 10/min", "free: 13/min"))
    await file.refresh()
    assert (file.policy.users["free"].calls, file.problem) == (13, "")
    await file.check()
