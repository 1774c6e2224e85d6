"""What a token writes short means exactly what it meant in full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.directory.domain.built_in import ADMIN, MEMBER, PLATFORM_ADMIN, VIEWER, built_in_roles
from services.runtime.auth.catalogue import all_permissions
from services.runtime.auth.wildcards import covering, expanded, is_wildcard, shortened

NAMES = st.sampled_from(sorted(all_permissions()))
WILDCARDS = st.sampled_from(sorted({wildcard for name in all_permissions() for wildcard in covering(name)}))
PLATFORM = {name for name in all_permissions() if name.startswith(("identity.tenants.", "mesh.", "limits."))}


@given(st.frozensets(NAMES), st.frozensets(WILDCARDS, max_size=3))
def test_short_and_long_say_the_same(names: frozenset[str], wildcards: frozenset[str]) -> None:
    meant = expanded(names | wildcards, all_permissions())
    assert expanded(shortened(meant, wildcards), all_permissions()) == meant


@pytest.mark.parametrize("text", ["*", "analysis.*", "analysis.reports.*"])
def test_wildcards(text: str) -> None:
    assert is_wildcard(text)


@pytest.mark.parametrize("text", ["", "**", "*.*", "*.b.c", "a.*.c", "a.b*", "a*", ".*", "a.b.c.*", "a.b.c", "a.*\n"])
def test_what_is_none(text: str) -> None:
    assert not is_wildcard(text)
    assert expanded([text], all_permissions()) == {text}


def test_the_roles_of_administrators_are_short_and_the_others_lists() -> None:
    roles = built_in_roles(all_permissions())
    assert roles[PLATFORM_ADMIN].wildcards == {"*"}
    assert not roles[MEMBER].wildcards and not roles[VIEWER].wildcards
    written = shortened(roles[ADMIN].permissions, roles[ADMIN].wildcards)
    assert all(map(is_wildcard, written))
    assert expanded(written, all_permissions()) == roles[ADMIN].permissions


def test_an_administrators_wildcards_stand_for_nothing_of_the_platform_also_not_one_day() -> None:
    wildcards = built_in_roles(all_permissions())[ADMIN].wildcards
    assert wildcards.isdisjoint(wildcard for name in PLATFORM for wildcard in covering(name))
    assert wildcards.isdisjoint(covering("mesh.later.read")) and wildcards.isdisjoint(
        covering("identity.tenants.later")
    )
