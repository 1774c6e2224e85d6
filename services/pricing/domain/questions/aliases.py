"""What people call places and accelerators otherwise than the providers do. All names are keys (`names.key`)."""

from __future__ import annotations

from typing import Final

OTHER_GPUS: Final = {
    "p100": "P100",
    "p4gpu": "P4",
    "k80": "K80",
    "m60": "M60",
    "gb200": "GB200",
    "gb300": "GB300",
    "b300": "B300",
    "b100": "B100",
    "gh200": "GH200",
    "a6000": "A6000",
    "l40": "L40",
    "mi25": "MI25",
    "mi300x": "MI300X",
    "mi300": "MI300X",
    "rtx4090": "RTX 4090",
    "rtx3090": "RTX 3090",
    "rtx5090": "RTX 5090",
    "rtxa6000": "A6000",
    "rtxpro6000": "RTX PRO 6000",
    "inferentia": "Inferentia",
    "inferentia2": "Inferentia2",
    "trainium": "Trainium",
    "trainium2": "Trainium2",
    "gaudi": "Gaudi HL-205",
    "radeonprov520": "Radeon Pro V520",
}
"""Accelerators that clouds rent out and the catalogue may not have, by key: asked for, they are not overlooked."""
AREA_ALIASES: Final = {
    "usa": "us,eua,unitedstatesofamerica,estadosunidosdaamerica,theus,theusa,theunitedstates,osestadosunidos",
    "uk": "uk,greatbritain,britain,england,inglaterra,graobretanha,theuk",
    "uae": "emirates,emirados,theemirates",
    "netherlands": "holland,holanda,thenetherlands",
    "south-korea": "korea,coreia",
    "latin-america": "latam",
    "asia-pacific": "apac",
    "europe": "european,europeia,europeu,europeias,europeus,continentaleurope,westerneurope,europaocidental",
    "eu": "eu,ue,euregion,europeanunion",
    "asia": "asian,asiatica,asiatico,asiaticas",
    "nordics": "nordics,scandinavia,escandinavia,nordiccountries",
    "americas": "americas,asamericas",
    "poland": "polonia",
    "brazil": "brasil,brazilian,brasileira,brasileiro,brasileiras,brasileiros",
    "singapore": "cingapura",
}
"""Further names of the areas, as keys. Those of two letters count only in capitals (`UPPER_ONLY`)."""
UPPER_ONLY: Final = frozenset(("us", "eu", "uk", "ue"))
REGION_ALIASES: Final = {
    "dublin": (("aws", "eu-west-1"), ("azure", "northeurope")),
    "amsterdam": (("azure", "westeurope"), ("gcp", "europe-west4")),
    "amsterda": (("azure", "westeurope"), ("gcp", "europe-west4")),
    "montreal": (("aws", "ca-central-1"), ("gcp", "northamerica-northeast1")),
    "sydney": (("aws", "ap-southeast-2"), ("azure", "australiaeast"), ("gcp", "australia-southeast1")),
    "virginia": (("aws", "us-east-1"), ("azure", "eastus"), ("azure", "eastus2"), ("gcp", "us-east4")),
    "northernvirginia": (("aws", "us-east-1"), ("azure", "eastus"), ("azure", "eastus2"), ("gcp", "us-east4")),
    "california": (("aws", "us-west-1"), ("azure", "westus"), ("gcp", "us-west2")),
    "northerncalifornia": (("aws", "us-west-1"),),
    "chicago": (("azure", "northcentralus"),),
    "texas": (("azure", "southcentralus"), ("gcp", "us-south1")),
    "ohio": (("aws", "us-east-2"), ("gcp", "us-east5")),
    "quebec": (("azure", "canadaeast"), ("aws", "ca-central-1"), ("gcp", "northamerica-northeast1")),
}
"""What people call places that the providers name otherwise: a city of theirs, or the state around it."""
