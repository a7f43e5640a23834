"""An OpenID provider as a process of its own (`python -m tests.oidc_provider PORT`), built on Authlib's server side: it
checks client secret, redirect address, PKCE and single use of codes. `PUT /lies` makes its identity tokens wrong.

Whoever asks for authorisation is let in as whom the browser's cookie `who` names, without a page.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "yikuo", "a-secret-of-thirty-two-characters"
KEY, STRANGE_KEY = (RSAKey.generate_key(2048, {"kid": "k1"}) for _ in range(2))
codes: dict[str, Any] = {}
lies: dict[str, Any] = {}
log: list[dict[str, Any]] = []


class Client:
    """The one client that is registered."""

    def __init__(self, redirect: str) -> None:
        self.redirect = redirect

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(name for name in scope.split() if name in ("openid", "profile"))

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == self.redirect

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Code:
    """An authorisation code that was given out."""

    code: str
    who: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class CodeGrant(grants.AuthorizationCodeGrant):
    """Codes in memory, each good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        names = ("nonce", "code_challenge", "code_challenge_method")
        kept = {name: data.get(name) for name in names}
        codes[code] = Code(code, request.user.who, request.payload.redirect_uri, request.scope, **kept)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return codes.get(code)

    def delete_authorization_code(self, code: Code) -> None:
        codes.pop(code.code)

    def authenticate_user(self, code: Code) -> Any:
        return SimpleNamespace(who=code.who)


class Tokens(OpenIDCode):
    """Identity tokens, true unless told to lie."""

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        return KEY

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": server.config["ISSUER"], "aud": CLIENT}

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def generate_user_info(self, user: Any, scope: str) -> dict[str, Any]:
        return {"sub": user.who, "name": "不入库"}

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        told = jwt.decode(super().encode_id_token(token, request), KEY).claims
        told = {name: value for name, value in (told | lies.get("claims", {})).items() if value is not None}
        if lies.get("alg") == "none":
            return jwt.encode({"alg": "none"}, told, OctKey.import_key("x" * 32), algorithms=["none"])
        if lies.get("alg") == "HS256":  # signed with what everybody knows: the public key
            public = OctKey.import_key(KEY.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "k1"}, told, public, algorithms=["HS256"])
        return jwt.encode({"alg": "RS256", "kid": "k1"}, told, STRANGE_KEY if lies.get("key") else KEY)


server = Flask(__name__)
server.secret_key = "only for this process"
authorization = AuthorizationServer()


@server.get("/.well-known/openid-configuration")
def metadata() -> Any:
    """Discovery."""
    issuer = server.config["ISSUER"]
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        jwks_uri=f"{issuer}/jwks",
        response_types_supported=["code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
    )


@server.get("/jwks")
def jwks() -> Any:
    """The public key."""
    return jsonify(KeySet([KEY]).as_dict(private=False))


@server.get("/authorize")
def authorize() -> Any:
    """Let in whoever the cookie names."""
    who = request.cookies.get("who")
    log.append({"at": "authorize", **request.args})
    try:
        grant = authorization.get_consent_grant(end_user=SimpleNamespace(who=who))
    except OAuth2Error as error:
        return jsonify(dict(error.get_body())), 400
    return authorization.create_authorization_response(
        grant_user=SimpleNamespace(who=who) if who else None, grant=grant
    )


@server.post("/token")
def token() -> Any:
    """Codes into tokens."""
    log.append({"at": "token", "has_verifier": "code_verifier" in request.form})
    return authorization.create_token_response()


@server.put("/lies")
def lie() -> Any:
    """Replaces what is lied about."""
    lies.clear()
    lies.update(request.get_json())
    return jsonify(lies)


@server.get("/log")
def told() -> Any:
    """What was asked since the start."""
    return jsonify(log)


class Provider:
    """The process, for a test; `issuer` is its address."""

    def __init__(self, port: int, redirect: str) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "tests.oidc_provider", str(port), redirect]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{self.issuer}/jwks", timeout=2).close()
                return
            except OSError:
                assert self.process.poll() is None, "the provider ended by itself"
                time.sleep(0.1)
        raise AssertionError("the provider does not answer")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def main(port: int, redirect: str) -> None:
    """Serve until killed."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # on the loopback there is no TLS
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.config["ISSUER"] = f"http://127.0.0.1:{port}"
    authorization.init_app(server, query_client=lambda id: Client(redirect) if id == CLIENT else None,
                           save_token=lambda token, request: None)  # fmt: skip
    authorization.register_grant(CodeGrant, [Tokens(require_nonce=True), CodeChallenge(required=True)])
    server.run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
