"""Which family an instance type belongs to."""

from __future__ import annotations

import pytest

from services.pricing.domain.families import family_of
from services.pricing.domain.offers import Provider


@pytest.mark.parametrize(
    ("provider", "instance_type", "family"),
    [
        (Provider.AWS, "m7i.large", "m7i"),
        (Provider.AWS, "m7i-flex.2xlarge", "m7i-flex"),
        (Provider.AWS, "u-6tb1.112xlarge", "u-6tb1"),
        (Provider.AZURE, "Standard_D2s_v5", "Dsv5"),
        (Provider.AZURE, "Standard_D2_v2", "Dv2"),
        (Provider.AZURE, "Standard_D2_v2_Promo", "D_v2_Promo"),
        (Provider.AZURE, "Standard_E4-2s_v5", "Esv5"),
        (Provider.AZURE, "Standard_B2ms", "Bms"),
        (Provider.AZURE, "Standard_M176s_3_v3", "Ms_3_v3"),
        (Provider.AZURE, "Standard_NC24ads_A100_v4", "NCads_A100_v4"),
        (Provider.AZURE, "Standard_ND96asr_v4", "NDasrv4"),
        (Provider.AZURE, "Basic_A1", "Basic_A"),
        (Provider.GCP, "n2-standard-4", "n2-standard"),
        (Provider.GCP, "a2-highgpu-1g", "a2-highgpu"),
        (Provider.GCP, "c3-standard-8-lssd", "c3-standard-lssd"),
        (Provider.GCP, "n2-custom-4-8192", "n2-custom"),
        (Provider.GCP, "e2-micro", "e2"),
        (Provider.GCP, "f1-micro", "f1"),
        (Provider.AZURE, "", ""),
        (Provider.AZURE, "Dedicated", "Dedicated"),
    ],
)
def test_the_family_is_the_type_without_its_size(provider: Provider, instance_type: str, family: str) -> None:
    assert family_of(provider, instance_type) == family
