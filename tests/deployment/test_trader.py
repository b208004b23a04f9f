"""What a stack has for a trader, and credentials for it."""

import json
import logging
import uuid

import pytest

from deployment import trader, trader_credentials
from deployment.account import Account, DeploymentError
from deployment.trader import TraderService
from fleet.bucket import Bucket
from fleet.settings import Settings
from trader.alpaca import credentials as wanted

NOT_GIVEN = '{"ALPACA_KEY_ID": "not-given", "ALPACA_SECRET_KEY": "not-given"}'  # as the template has it


@pytest.fixture
def account(settings: Settings) -> Account:
    return Account(settings.region)


@pytest.fixture
def service(account: Account) -> TraderService:
    name = uuid.uuid4().hex
    secret = account.secrets.create_secret(Name=name, SecretString=NOT_GIVEN)["ARN"]
    return TraderService("spotmc", "mine", f"cluster-{name}", f"service-{name}", secret, runs=True)


def test_the_secret_has_the_names_and_the_words_that_the_trader_looks_for() -> None:
    assert (wanted.KEY_ID[0], wanted.SECRET_KEY[0]) == (trader_credentials.KEY_ID, trader_credentials.SECRET_KEY)
    assert trader_credentials.NOT_GIVEN == wanted.NOT_GIVEN


def test_a_key_for_paper_is_kept_and_told_nowhere(
    account: Account, service: TraderService, caplog: pytest.LogCaptureFixture
) -> None:
    assert not trader_credentials.are_given(account, service)
    with caplog.at_level(logging.INFO):
        trader_credentials.give(account, service, key_id="PKABC", secret_key="a very secret word")
    assert trader_credentials.are_given(account, service)
    kept = account.secrets.get_secret_value(SecretId=service.secret)["SecretString"]
    assert json.loads(kept) == {"ALPACA_KEY_ID": "PKABC", "ALPACA_SECRET_KEY": "a very secret word"}
    assert "secret word" not in caplog.text


@pytest.mark.parametrize(("key_id", "secret_key"), [("AKLIVE", "live word"), ("", "live word"), ("PKABC", "")])
def test_what_is_no_key_for_paper_is_refused_and_not_repeated(
    account: Account, service: TraderService, key_id: str, secret_key: str
) -> None:
    with pytest.raises(DeploymentError) as refused:
        trader_credentials.give(account, service, key_id=key_id, secret_key=secret_key)
    assert "AKLIVE" not in str(refused.value)
    assert "live word" not in str(refused.value)
    assert account.secrets.get_secret_value(SecretId=service.secret)["SecretString"] == NOT_GIVEN


def test_what_aws_refuses_is_told_without_the_key(account: Account, service: TraderService) -> None:
    account.secrets.delete_secret(SecretId=service.secret, ForceDeleteWithoutRecovery=True)
    with pytest.raises(DeploymentError, match="keep the credentials of the trader mine") as refused:
        trader_credentials.give(account, service, key_id="PKABC", secret_key="a very secret word")
    assert "secret word" not in str(refused.value)


def test_a_service_that_ecs_does_not_know_is_told(account: Account, service: TraderService, bucket: Bucket) -> None:
    account.ecs.create_cluster(clusterName=service.cluster)
    with pytest.raises(DeploymentError, match="ECS has no service for the trader mine"):
        trader.state_of(account, service, bucket)
