"""Microsoft: the Azure Retail Prices API, which is public."""
