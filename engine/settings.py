"""What an installation may choose, read from the environment (`YIKUO_*`); holds no secret but the place of the keys."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One installation. Spans are in the unit their name says."""

    model_config = SettingsConfigDict(env_prefix="YIKUO_", extra="ignore")

    database_url: str = "sqlite:///var/yikuo.db"
    var_dir: Path = Path("var")
    processes_dir: Path = CHECKOUT / "processes"
    keys_file: Path | None = None
    sandbox_url: str = ""
    pool_size: int = Field(default=8, ge=1, le=200)
    session_idle_seconds: int = Field(default=30 * 60, ge=60)
    session_absolute_seconds: int = Field(default=12 * 3600, ge=60)
    login_window_seconds: int = Field(default=15 * 60, ge=60)
    n_login_failures: int = Field(default=5, ge=1)
    outbox_lease_seconds: int = Field(default=60, ge=1)
    timer_lease_seconds: int = Field(default=10, ge=1)
    n_outbox_attempts: int = Field(default=20, ge=1)

    @property
    def keys_path(self) -> Path:
        """Where the key ring lies: beside the database unless told otherwise."""
        return self.keys_file or self.var_dir / "keys.json"
