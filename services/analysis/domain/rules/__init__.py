"""The rules: their documents, and Malha's own checks."""
