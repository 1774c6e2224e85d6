"""Sources of prices: the providers' own interfaces. Each is a `services.pricing.domain.readings.PriceSource`."""
