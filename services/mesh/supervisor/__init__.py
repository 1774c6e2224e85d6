"""Starts the parts of a mesh in order, keeps them alive, and stops them in reverse."""
