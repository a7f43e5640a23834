"""What an installation may choose about its web server, read from the environment (`YIKUO_WEB_*`)."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """`trusted_hosts` are the names under which browsers may reach us; `metrics_token` opens /metrics from elsewhere.

    `cookie_secure` belongs on wherever TLS ends in front of us. `api_per_minute` counts the requests of one caller
    to one process. `oidc_issuer` (with client, secret and scope) opens login through a single sign-on; `oidc_claim` is
    the claim of the identity token by which accounts are linked, `oidc_title` what the button of the login page says.
    """

    model_config = SettingsConfigDict(env_prefix="YIKUO_WEB_", extra="ignore")

    trusted_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    cookie_secure: bool = False
    metrics_token: str = ""
    api_per_minute: int = Field(default=60_000, ge=1)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scope: str = "openid"
    oidc_claim: str = "sub"
    oidc_title: str = "统一认证登录"

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, token: str) -> str:
        if token and len(token) < 24:
            raise ValueError("metrics_token needs 24 characters or more")
        return token

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret.get_secret_value()):
            raise ValueError("oidc_issuer needs oidc_client_id and oidc_client_secret")
        if self.oidc_issuer and not self.oidc_issuer.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("oidc_issuer needs https, except on the loopback")
        if self.oidc_issuer and "openid" not in self.oidc_scope.split():
            raise ValueError("oidc_scope needs openid: without it there is no identity token")
        return self
