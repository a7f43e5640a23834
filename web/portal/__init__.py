"""The customer portal: one order, for whoever holds the phone on it. Phone first; only signing needs JavaScript."""

from __future__ import annotations

from web.portal.acts import acts
from web.portal.door import portal

BLUEPRINTS = (acts, portal)
