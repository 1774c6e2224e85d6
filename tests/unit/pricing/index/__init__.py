"""The index of a version of the catalogue."""
