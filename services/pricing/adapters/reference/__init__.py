"""The catalogue that the project brings along: list prices that were read once, each with its source and date.

It answers until a refresh from the providers' own interfaces takes its place. See `tables` for what the files hold,
`build` for how the prices were chosen.
"""

from services.pricing.adapters.reference.catalogue import load_reference

__all__ = ["load_reference"]
