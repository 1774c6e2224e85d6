"""A vocabulary as a small catalogue would give it: some instance types, and all regions of the geography."""

from __future__ import annotations

import re

from services.pricing.domain.offers import Provider
from services.pricing.domain.questions.vocabulary import GpuName, InstanceName, Vocabulary, areas, regions

_TYPES = {
    Provider.AWS: """
        c7g.4xlarge c7g.8xlarge c7g.large c7i.4xlarge c7i.8xlarge c7i.large c7i.xlarge c8a.12xlarge c8g.large
        g4dn.xlarge g5.12xlarge g5.xlarge g6.8xlarge g6.xlarge g6e.12xlarge g6e.8xlarge g6e.xlarge i4i.16xlarge
        m6i.2xlarge m6i.4xlarge m7g.4xlarge m7g.8xlarge m7g.large m7i-flex.2xlarge m7i.24xlarge m7i.2xlarge
        m7i.8xlarge m7i.large p3.8xlarge p3dn.24xlarge p4d.24xlarge p4de.24xlarge p5.48xlarge p5.4xlarge p5en.48xlarge
        p6-b200.48xlarge r6gd.2xlarge r7i.2xlarge r7i.4xlarge r7i.8xlarge r7i.large t3.2xlarge t3.large t3.medium
        t3.micro t4g.medium t4g.micro t4g.xlarge trn1.2xlarge trn1.32xlarge u-6tb1.112xlarge x1.32xlarge x1e.2xlarge
    """,
    Provider.AZURE: """
        Standard_B2ms Standard_B2s Standard_B4ms Standard_D16s_v5 Standard_D2as_v5 Standard_D2ps_v5 Standard_D2s_v3
        Standard_D2s_v5 Standard_D2s_v6 Standard_D32s_v5 Standard_D4as_v5 Standard_D4ps_v5 Standard_D4s_v5
        Standard_D4s_v6 Standard_D8ps_v5 Standard_D8s_v5 Standard_E16s_v5 Standard_E2s_v5 Standard_E4ps_v5
        Standard_E4s_v5 Standard_E8s_v5 Standard_F16s_v2 Standard_F2s_v2 Standard_F4s_v2 Standard_F8s_v2
        Standard_L8s_v3 Standard_M128s Standard_M64ds_v2 Standard_NC24ads_A100_v4 Standard_NC40ads_H100_v5
        Standard_NC48ads_A100_v4 Standard_NC4as_T4_v3 Standard_NC64as_T4_v3 Standard_NC6s_v3 Standard_NC80adis_H100_v5
        Standard_NC8as_T4_v3 Standard_NC96ads_A100_v4 Standard_ND96amsr_A100_v4 Standard_ND96asr_v4
        Standard_ND96isr_H100_v5 Standard_ND96isr_H200_v5 Standard_NV36ads_A10_v5
    """,
    Provider.GCP: """
        a2-highgpu-1g a2-highgpu-2g a2-highgpu-4g a2-highgpu-8g a2-ultragpu-1g a2-ultragpu-2g a2-ultragpu-4g
        a2-ultragpu-8g a3-highgpu-8g c2-standard-4 c2d-standard-4 c3-standard-4 c3-standard-44 c3-standard-8
        c3d-standard-4 c3d-standard-8 c4-standard-4 c4-standard-8 c4d-standard-4 e2-highcpu-4 e2-highmem-4
        e2-standard-2 e2-standard-4 e2-standard-8 g2-standard-12 g2-standard-24 g2-standard-4 g2-standard-48
        g2-standard-8 g2-standard-96 m1-megamem-96 m3-megamem-64 m3-ultramem-32 m3-ultramem-64 n1-standard-4
        n2-highcpu-8 n2-highmem-8 n2-standard-2 n2-standard-4 n2-standard-48 n2-standard-8 n2d-standard-4
        n2d-standard-8 n4-standard-4 t2a-standard-2 t2a-standard-4 t2d-standard-4
    """,
}
_GPUS = {
    "A10": (24,),
    "A100": (40,),
    "A100-80GB": (80,),
    "A10G": (24,),
    "B200": (180,),
    "H100": (80, 94),
    "H200": (141,),
    "L4": (24,),
    "L40S": (48,),
    "T4": (16,),
    "Trainium": (32,),
    "V100": (16,),
    "V100-32GB": (32,),
}


def _family(provider: Provider, instance_type: str) -> str:
    if provider is Provider.AWS:
        return instance_type.split(".")[0]
    if provider is Provider.GCP:
        return instance_type.rsplit("-", 1)[0]
    return re.sub(r"^Standard_([A-Z]+)\d+", r"\1", instance_type).replace("_v", "v")


VOCABULARY = Vocabulary(
    instances=tuple(
        InstanceName(provider, each, _family(provider, each))
        for provider, types in _TYPES.items()
        for each in types.split()
    ),
    gpus=tuple(GpuName(model, tuple(size * 1024 for size in sizes)) for model, sizes in _GPUS.items()),
    regions=regions(),
    areas=areas(),
)
