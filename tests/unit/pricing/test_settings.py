"""The settings of pricing."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.pricing.settings import PricingSettings


@pytest.mark.parametrize("variable", ["MALHA_LOCAL_WEBHOOKS", "MALHA_PLAIN_PRICE_HOSTS"])
def test_what_is_for_tests_is_refused_in_production(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "true" if variable == "MALHA_LOCAL_WEBHOOKS" else "localhost:80")
    assert PricingSettings()
    monkeypatch.setenv("MALHA_MODE", "production")
    with pytest.raises(ValidationError, match=variable):
        PricingSettings()
