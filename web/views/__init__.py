"""Pages for staff. Each view reads a query or runs one command; none decides anything."""

from __future__ import annotations

from web.views.account import account
from web.views.administration import administration
from web.views.applications import applications
from web.views.calendar import calendar
from web.views.clocks import clocks
from web.views.corrections import corrections
from web.views.decisions import decisions
from web.views.lateness import lateness
from web.views.messages import messages
from web.views.operations import operations
from web.views.orders import orders
from web.views.papers import papers
from web.views.tasks import tasks
from web.views.timers import timers
from web.views.verbs import verbs

BLUEPRINTS = (
    account,
    administration,
    applications,
    calendar,
    clocks,
    corrections,
    decisions,
    lateness,
    messages,
    operations,
    orders,
    papers,
    tasks,
    timers,
    verbs,
)
