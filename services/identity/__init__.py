"""Who may call: tenants, users, roles, credentials, tokens and the audit log."""
