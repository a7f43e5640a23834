"""To the single sign-on and back."""

from __future__ import annotations

from flask import Response, abort, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.access import NotLinked
from web import accounts, guard, sso
from web.problems import status_of
from web.views.account import inside, page

single_sign_on = guard.Blueprint("single_sign_on", __name__, enable_openapi=False)
NEXT = "sso_next"


@single_sign_on.get("/login/sso", needs=guard.PUBLIC)
def leave() -> AnyResponse:
    """Go to the provider, which sends the browser back."""
    if not sso.title():
        abort(404)
    session[NEXT] = inside(request.args.get("next"))
    try:
        return sso.leave()
    except sso.SsoSilent as error:
        return _refused(error, None)


@single_sign_on.get("/login/sso/back", needs=guard.PUBLIC)
def back() -> AnyResponse:
    """Whom the provider vouches for is logged in, if an account names him."""
    if not sso.title():
        abort(404)
    following = inside(session.pop(NEXT, None))
    try:
        subject = sso.subject()
        token = accounts.engine().access.log_in_as(subject, request.remote_addr or "", request.user_agent.string)
    except (sso.SsoFailed, NotLinked) as error:
        return _refused(error, following)
    accounts.begin(token)
    return redirect(following or url_for("account.home"), 303)


def _refused(error: sso.SsoFailed | sso.SsoSilent | NotLinked, following: str | None) -> Response:
    return Response(page(following, failure=gettext(error.text)), status_of(error))
