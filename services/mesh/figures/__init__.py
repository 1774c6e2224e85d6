"""Figures of a running mesh: what Envoy, the replicas and the operating system tell."""
