"""The application for any WSGI server: `gunicorn -k gthread web.wsgi:app`. Settings come from the environment."""

from __future__ import annotations

from web.app import from_environment

app = from_environment()
