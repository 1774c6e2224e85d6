"""Keeps the spans that Envoy and the services send, for as long as there is room, and answers questions about them."""
