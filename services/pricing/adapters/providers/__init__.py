"""Sources of prices: the providers' own interfaces. `sources` has them; each is a `domain.readings.PriceSource`.

This module is empty, since the parser process, which imports what is beneath it, needs no HTTP client.
"""
