"""What Envoy refuses, as entries of the audit log: read, counted together and written (docs/adr/0022)."""
