"""Brings another version of a service into use: rolling, blue-green, or by a canary that is judged."""
