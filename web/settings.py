"""What an installation may choose about its web server, read from the environment (`YIKUO_WEB_*`)."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """`trusted_hosts` are the names under which browsers may reach us; `metrics_token` opens /metrics from elsewhere.

    `cookie_secure` belongs on wherever TLS ends in front of us. `api_per_minute` counts the requests of one caller
    to one process.
    """

    model_config = SettingsConfigDict(env_prefix="YIKUO_WEB_", extra="ignore")

    trusted_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    cookie_secure: bool = False
    metrics_token: str = ""
    api_per_minute: int = Field(default=60_000, ge=1)

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, token: str) -> str:
        if token and len(token) < 24:
            raise ValueError("metrics_token needs 24 characters or more")
        return token
