"""Login through a single sign-on (OpenID Connect), by Authlib: authorisation code with PKCE, state and nonce.

The provider says who somebody is by one claim; an account that names this claim's value is opened, none is ever made.
"""

from __future__ import annotations

from typing import Any, cast

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, url_for
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as AnyResponse

from engine.access import NotLinked
from engine.errors import Unauthenticated, Unavailable
from web.settings import WebSettings

NAME = "sso"
TIMEOUT_SECONDS = 5
LEEWAY_SECONDS = 60
FAILURES = (OAuthError, JoseError, requests.RequestException, ValueError, KeyError, RuntimeError)


class SsoFailed(Unauthenticated):
    """The provider did not vouch for anybody: refused, forged, replayed, too old, or not asked by this browser."""

    code = "sso_failed"
    text = "统一认证未通过，请重新登录"


class SsoSilent(Unavailable):
    """The provider cannot be asked."""

    code = "sso_unavailable"
    text = "统一认证平台暂不可用，请稍后再试或用密码登录"


def install(app: Flask, settings: WebSettings) -> None:
    """Register the provider, if there is one. Its addresses and keys are read when first needed."""
    app.config["SSO"] = settings
    if not settings.oidc_issuer:
        return
    OAuth(app).register(
        NAME,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scope,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )


def title() -> str:
    """What the button of the login page says; "" where there is no single sign-on."""
    settings = _settings()
    return settings.oidc_title if settings.oidc_issuer else ""


def leave() -> AnyResponse:
    """Send the browser to the provider. Raises SsoSilent."""
    try:
        return cast(AnyResponse, _client().authorize_redirect(url_for("single_sign_on.back", _external=True)))
    except FAILURES as error:
        raise SsoSilent() from error


def subject() -> str:
    """For whom the provider vouches in the request that came back: the value of the claim by which accounts are linked.

    Raises SsoFailed for whatever is not signed, not for us, not asked by this browser, or too old; NotLinked when the
    claim is not there.
    """
    settings = _settings()
    wanted = {
        "iss": {"essential": True, "values": [settings.oidc_issuer]},
        "aud": {"essential": True, "values": [settings.oidc_client_id]},
        "nonce": {"essential": True},
    }
    try:
        told = _client().authorize_access_token(claims_options=wanted, leeway=LEEWAY_SECONDS).get("userinfo")
    except FAILURES as error:
        raise SsoFailed() from error
    if not told:
        raise SsoFailed()
    value = told.get(settings.oidc_claim)
    if not isinstance(value, str) or not value:
        raise NotLinked()
    return value


def _client() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].create_client(NAME)


def _settings() -> WebSettings:
    return cast(WebSettings, current_app.config["SSO"])
