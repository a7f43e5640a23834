"""Pages for staff. Each view reads a query or runs one command; none decides anything."""

from __future__ import annotations

from web.views.account import account
from web.views.administration import administration
from web.views.applications import applications
from web.views.calendar import calendar
from web.views.clocks import clocks
from web.views.corrections import corrections
from web.views.counters import counters
from web.views.dashboards import dashboards
from web.views.decisions import decisions
from web.views.desk import desk
from web.views.heat import heat
from web.views.lateness import lateness
from web.views.messages import messages
from web.views.operations import operations
from web.views.orders import orders
from web.views.papers import papers
from web.views.people import people
from web.views.personal import personal
from web.views.prints import prints
from web.views.single_sign_on import single_sign_on
from web.views.tasklist import tasks_desk
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
    counters,
    dashboards,
    decisions,
    desk,
    heat,
    lateness,
    messages,
    operations,
    orders,
    papers,
    people,
    personal,
    prints,
    single_sign_on,
    tasks,
    tasks_desk,
    timers,
    verbs,
)
