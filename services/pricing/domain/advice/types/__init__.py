"""Requests and results of the advice, as frozen values: one module for each kind of advice."""
