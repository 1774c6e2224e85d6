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
    "usa": "us,usonly,usbased,usregion,usregions,stateside,eua,unitedstatesofamerica,estadosunidosdaamerica,theus,"
    "theusa,theunitedstates,osestadosunidos",
    "uk": "uk,ukonly,ukbased,ukregion,ukregions,greatbritain,britain,england,inglaterra,graobretanha,theuk",
    "uae": "emirates,emirados,theemirates",
    "netherlands": "holland,holanda,thenetherlands",
    "south-korea": "korea,coreia",
    "latin-america": "latam",
    "asia-pacific": "apac",
    "europe": "european,europeia,europeu,europeias,europeus,continentaleurope,westerneurope,europaocidental",
    "eu": "eu,euonly,eubased,euregions,ue,euregion,europeanunion,theeu,theeuropeanunion",
    "asia": "asian,asiatica,asiatico,asiaticas",
    "nordics": "nordics,scandinavia,escandinavia,nordiccountries",
    "americas": "americas,asamericas",
    "poland": "polonia",
    "brazil": "brasil,brazilian,brasileira,brasileiro,brasileiras,brasileiros",
    "singapore": "cingapura",
}
"""Further names of the areas, as keys. Those that are words, too (`UPPER_ONLY`), count in capitals, or behind `in`."""
UPPER_ONLY: Final = frozenset(("us", "eu", "ue"))
BEHIND_IN: Final = frozenset(("sp",))
"""Names that are a place behind `in` only: elsewhere SP is a savings plan."""
_US_EAST: Final = (
    ("aws", "us-east-1"), ("aws", "us-east-2"), ("azure", "eastus"), ("azure", "eastus2"),
    ("gcp", "us-east1"), ("gcp", "us-east4"), ("gcp", "us-east5"),
)  # fmt: skip
_US_WEST: Final = (
    ("aws", "us-west-1"), ("aws", "us-west-2"), ("azure", "westus"), ("azure", "westus2"), ("azure", "westus3"),
    ("gcp", "us-west1"), ("gcp", "us-west2"), ("gcp", "us-west3"), ("gcp", "us-west4"),
)  # fmt: skip
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
    "nvirginia": (("aws", "us-east-1"), ("azure", "eastus"), ("azure", "eastus2"), ("gcp", "us-east4")),
    "nortedavirginia": (("aws", "us-east-1"), ("azure", "eastus"), ("azure", "eastus2"), ("gcp", "us-east4")),
    "ncalifornia": (("aws", "us-west-1"),),
    "nortedacalifornia": (("aws", "us-west-1"),),
    "useast": _US_EAST,
    "eastcoast": _US_EAST,
    "useastcoast": _US_EAST,
    "costaleste": _US_EAST,
    "uswest": _US_WEST,
    "westcoast": _US_WEST,
    "uswestcoast": _US_WEST,
    "costaoeste": _US_WEST,
    "sp": (("aws", "sa-east-1"), ("azure", "brazilsouth"), ("gcp", "southamerica-east1")),
    "chicago": (("azure", "northcentralus"),),
    "texas": (("azure", "southcentralus"), ("gcp", "us-south1")),
    "ohio": (("aws", "us-east-2"), ("gcp", "us-east5")),
    "quebec": (("azure", "canadaeast"), ("aws", "ca-central-1"), ("gcp", "northamerica-northeast1")),
}
"""What people call places that the providers name otherwise: a city of theirs, or the state around it."""
