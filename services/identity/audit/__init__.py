"""The audit log as callers read it; `services.runtime.audit` writes it."""
