"""The settings of the pricing service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from services.pricing.adapters.providers.settings import (
    AwsCredentials,
    AwsSettings,
    AzureSettings,
    FetchSettings,
    GcpSettings,
)
from services.pricing.adapters.providers.sources import Sources
from services.pricing.domain.offers import Provider
from services.runtime.settings import RuntimeSettings, SecretUnreadable, read_secret

_AWS, _AZURE, _GCP = AwsSettings(), AzureSettings(), GcpSettings(api_key="")


class PricingSettings(RuntimeSettings):
    """What a replica of `pricing` must know to start, beyond what every service does."""

    keys_file: Path | None = Field(None, description="The key-encryption keys: see services.runtime.secrets.")
    advice_threads: int = Field(2, ge=1, le=64, description="Threads that work out advice.")
    advice_most_waiting: int = Field(
        64, ge=0, le=10_000, description="Requests for advice that may wait for a thread; more are refused."
    )
    pricing_regions: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="The providers' codes of the regions that a refresh reads when it names none, with commas between "
        "them; none: all.",
    )
    pricing_savings_plans: bool = Field(True, description="Whether a refresh reads Amazon's savings plans.")
    aws_prices_url: str = Field(_AWS.prices_url, description="Where Amazon's price list is.")
    aws_credentials_file: Path | None = Field(
        None,
        description="The file of an access key that may read spot prices: key id, secret and, where there is one, "
        "session token, a line each; none: no spot prices of Amazon.",
    )
    aws_spot_url: str = Field(_AWS.spot_url, description="Where Amazon tells spot prices, with {region}.")
    aws_advisor_url: str = Field(_AWS.advisor_url, description="Where Amazon tells how often spot is interrupted.")
    azure_prices_url: str = Field(_AZURE.prices_url, description="Where Azure's retail prices are.")
    gcp_api_key_file: Path | None = Field(
        None,
        description="The file of a key for Google's Cloud Billing Catalog; none: Google's prices are not refreshed.",
    )
    gcp_prices_url: str = Field(_GCP.prices_url, description="Where Google's Cloud Billing Catalog is.")
    refresh_gives_way: bool = Field(
        True,
        description="Whether a refresh runs only when nobody else wants to; on a machine that is never idle, it waits.",
    )
    refresh_record_share: float = Field(
        0.25,
        gt=0,
        le=1,
        description="The share of its time for which a refresh that gives way may keep the database busy: it works "
        "there in small portions, with pauses after them.",
    )
    plain_price_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(),
        description="host:port that prices may be read from without TLS, with commas between them: servers of tests.",
    )
    local_webhooks: bool = Field(
        False, description="Whether alerts may go to local and plaintext addresses: for tests."
    )

    @field_validator("pricing_regions", "plain_price_hosts", mode="before")
    @classmethod
    def _is_a_list(cls, value: object) -> object:
        """In the environment it is one text."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    mode: str = Field("development", description="`production` allows nothing that is for tests.")

    @model_validator(mode="after")
    def _is_in_earnest(self) -> Self:
        """What opens a way to local addresses is for tests."""
        if self.mode == "production" and (self.local_webhooks or self.plain_price_hosts):
            raise ValueError("MALHA_LOCAL_WEBHOOKS and MALHA_PLAIN_PRICE_HOSTS are for tests, not for production")
        return self

    @model_validator(mode="after")
    def _reads_its_secrets(self) -> Self:
        """A key that cannot be read is found before anything starts."""
        self.sources()
        return self

    def needed_keys_file(self) -> Path:
        """Where the key-encryption keys are; raises SecretUnreadable."""
        if self.keys_file is None:
            raise SecretUnreadable("MALHA_KEYS_FILE is not set")
        return self.keys_file

    @property
    def configured(self) -> tuple[Provider, ...]:
        """The providers whose interfaces can be read."""
        return tuple(provider for provider in Provider if provider is not Provider.GCP or self.gcp_api_key_file)

    def sources(self) -> Sources:
        """What reads prices; raises SecretUnreadable."""
        regions = self.pricing_regions
        return Sources(
            fetching=FetchSettings(
                scratch=self.state_dir / "scratch" / self.replica / "prices",
                plain_hosts=self.plain_price_hosts,
                gives_way=self.refresh_gives_way,
            ),
            aws=AwsSettings(
                regions=regions,
                prices_url=self.aws_prices_url,
                spot_url=self.aws_spot_url,
                advisor_url=self.aws_advisor_url,
                savings_plans=self.pricing_savings_plans,
                credentials=self._aws_credentials(),
            ),
            azure=AzureSettings(regions=regions, prices_url=self.azure_prices_url),
            gcp=None
            if self.gcp_api_key_file is None
            else GcpSettings(
                api_key=read_secret(self.gcp_api_key_file).get_secret_value(),
                regions=regions,
                prices_url=self.gcp_prices_url,
            ),
        )

    def _aws_credentials(self) -> AwsCredentials | None:
        if self.aws_credentials_file is None:
            return None
        lines = read_secret(self.aws_credentials_file).get_secret_value().split()
        if len(lines) not in (2, 3):
            raise SecretUnreadable(f"{self.aws_credentials_file} must have two or three lines")
        return AwsCredentials(*lines)
