"""What an installation may choose, read from the environment (`YIKUO_*`). Its secrets are the tokens of the outside
platforms, which show themselves to nobody, and the place of the keys."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One installation. Spans are in the unit their name says."""

    model_config = SettingsConfigDict(env_prefix="YIKUO_", extra="ignore")

    var_dir: Path = Path("var")
    database_url: str = Field(default_factory=lambda known: f"sqlite:///{known['var_dir']}/yikuo.db")
    processes_dir: Path = CHECKOUT / "processes"
    keys_file: Path | None = None
    sandbox_url: str = ""
    sharing_url: str = ""
    sharing_token: SecretStr = SecretStr("")
    identity_url: str = ""
    identity_token: SecretStr = SecretStr("")
    notification_url: str = ""
    notification_token: SecretStr = SecretStr("")
    ami_url: str = ""
    ami_token: SecretStr = SecretStr("")
    evidence_url: str = ""
    evidence_token: SecretStr = SecretStr("")
    platform_connect_seconds: float = Field(default=2.0, gt=0, le=60)
    platform_read_seconds: float = Field(default=3.0, gt=0, le=60)
    platform_total_seconds: float = Field(default=8.0, gt=0, le=60)
    n_platform_tries: int = Field(default=3, ge=1, le=10)
    n_breaker_failures: int = Field(default=5, ge=1)
    breaker_open_seconds: float = Field(default=30.0, gt=0)
    pool_size: int = Field(default=8, ge=1, le=200)
    session_idle_seconds: int = Field(default=30 * 60, ge=60)
    session_absolute_seconds: int = Field(default=12 * 3600, ge=60)
    login_window_seconds: int = Field(default=15 * 60, ge=60)
    n_login_failures: int = Field(default=5, ge=1)
    outbox_lease_seconds: int = Field(default=60, ge=1)
    timer_lease_seconds: int = Field(default=10, ge=1)
    timer_grace_ms: int = Field(default=200, ge=0, le=5_000)
    """So long a due timer is left alone: what was received before it may still wait for the order's lock, and wins."""
    n_restart_days: int = Field(default=90, ge=1)
    """GUESS of the dossier (A04): a new order within so many days after a terminated one may be its restart."""
    n_premise_days: int = Field(default=365, ge=1)
    """GUESS: for so many days after energisation an order counts when others come for the same premise (A07)."""
    n_reminder_minutes: int = Field(default=60, ge=0)
    """GUESS: within so many minutes one person is reminded (催办) of one order by hand only once."""
    portal_code_seconds: int = Field(default=300, ge=60)
    """GUESS: so long a code sent to the customer's phone opens the portal."""
    portal_window_seconds: int = Field(default=15 * 60, ge=60)
    n_portal_codes: int = Field(default=3, ge=1)
    """GUESS: codes of one order in a window; `n_portal_codes_day` in 24 hours, `n_portal_asks` from one address."""
    n_portal_codes_day: int = Field(default=10, ge=1)
    n_portal_asks: int = Field(default=20, ge=1)
    n_portal_tries: int = Field(default=5, ge=1)
    """GUESS: so many guesses at one code, then it opens nothing."""
    portal_idle_seconds: int = Field(default=10 * 60, ge=60)
    portal_absolute_seconds: int = Field(default=60 * 60, ge=60)
    """GUESS: phones are lent and lost, so a session of the portal is short."""
    portal_url: str = ""
    """Where customers reach us, as it stands in QR codes: https://host; where there is none, that of the request."""
    n_upload_bytes: int = Field(default=8_000_000, ge=100_000)
    n_uploads: int = Field(default=30, ge=1)
    """GUESS: one file may be so large, and one order may get so many from its customer."""
    days_left: tuple[int, ...] = (1, 3, 7)
    """GUESS: open orders are grouped by what the law leaves them, up to so many days each, and more."""
    n_export_rows: int = Field(default=10_000, ge=1, le=100_000)
    """So many orders at most are written into one file."""
    unmasked_seconds: int = Field(default=60, ge=5, le=600)
    """GUESS: so long a personal value may be seen once somebody has said why he must."""
    n_unmaskings_an_hour: int = Field(default=60, ge=1)
    """GUESS: more often nobody needs to look, unless he copies the file of customers."""
    n_outbox_attempts: int = Field(default=20, ge=1)
    scheduler_silent_seconds: int = Field(default=30, ge=10)
    """A scheduler not heard of for so long is an alarm; they beat every five seconds."""
    clock_skew_seconds: int = Field(default=300, ge=1)
    """Host and database may disagree by so much; beyond, no deadline takes effect."""
    clock_backwards_seconds: int = Field(default=60, ge=1)
    """So far behind the furthest instant on record the clock may stand before it is an alarm."""
    periodic_lease_seconds: int = Field(default=600, ge=1)
    """So long one run of periodic work may take before another scheduler thinks its worker dead."""
    periodic_retry_seconds: int = Field(default=300, ge=1)
    periodic_late_seconds: int = Field(default=900, ge=1)
    n_answer_days: int = Field(default=30, ge=2)
    """GUESS: so long the answer to a command is kept with its key."""
    n_login_record_days: int = Field(default=190, ge=184)
    """Sessions and failed logins are network logs: not less than six months (Cybersecurity Law, article 21)."""
    n_self_check_events: int = Field(default=500_000, ge=1)
    n_outbox_threads: int = Field(default=4, ge=1, le=32)

    @property
    def keys_path(self) -> Path:
        """Where the key ring lies: beside the database unless told otherwise."""
        return self.keys_file or self.var_dir / "keys.json"

    def platform_url(self, name: str) -> str:
        """Address of a platform, of the sandbox where it has none of its own, or "" (not configured)."""
        own: str = getattr(self, f"{name}_url")
        return own or self.sandbox_url

    def platform_token(self, name: str) -> str:
        """Bearer token for a platform; "" sends none."""
        token: SecretStr = getattr(self, f"{name}_token")
        return token.get_secret_value()
