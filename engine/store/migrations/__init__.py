"""Schema changes, in order, as Alembic runs them. Each only adds; running orders outlive every release."""
