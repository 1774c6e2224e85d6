"""Renders Envoy's configuration from the topology and the contracts; `python -m services.mesh.render`."""
