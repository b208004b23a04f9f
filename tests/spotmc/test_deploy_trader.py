"""``spotmc deploy --trader``: a trader starts once its image and its credentials are there, and not before."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from deployment import image, trader
from deployment.account import Account
from fleet.bucket import Bucket
from fleet.new_job import make_backtest_job
from fleet.settings import Settings
from fleet.traders import switches
from fleet.traders.creation import create
from fleet.traders.settings import ALPACA, PAPER, REPLAY, TraderSettings
from montecarlo.accounting.rules import Rules
from montecarlo.data.sources import load_history
from montecarlo.strategies.sma_crossover import SmaCrossover
from spotmc.stack_trader import give_credentials
from tests.cloudformation_server import CloudFormationServer
from tests.spotmc.conftest import CIDR

Deploy = Callable[..., tuple[int, str, str]]

KEYS = {"key_id": "PKABCDEFGHIJ", "secret_key": "a very secret word"}


@pytest.fixture
def account(settings: Settings) -> Account:
    return Account(settings.region)


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch, cloudformation: CloudFormationServer) -> list[tuple[str, str]]:
    """Images that were pushed, and what the stack was like then."""
    found: list[tuple[str, str]] = []

    def push(*_: object, image: str, target: str, **__: object) -> bool:
        assert target == "trader"
        found.append((image.rpartition(":")[2], str(cloudformation.parameters("spotmc").get("TraderRuns"))))
        return True

    monkeypatch.setattr(image, "builder", lambda: "docker")
    monkeypatch.setattr(image, "processor_here", lambda: "X86")
    monkeypatch.setattr(image, "push", push)
    return found


@pytest.fixture
def deployed(deploy: Deploy, account: Account, cloudformation: CloudFormationServer) -> None:
    """A stack without a trader, and what one would be made of."""
    name = f"trader-{uuid.uuid4().hex[:8]}"
    cluster = account.ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"]
    task = account.ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "trader", "image": "x", "memory": 512}]
    )["taskDefinition"]["taskDefinitionArn"]
    service = account.ecs.create_service(cluster=cluster, serviceName=name, taskDefinition=task, desiredCount=1)
    secret = account.secrets.create_secret(Name=name, SecretString='{"ALPACA_KEY_ID": "not-given"}')["ARN"]
    cloudformation.physical_ids |= {
        "Fargate.Cluster.Arn": cluster,
        "Fargate.Service": service["service"]["serviceArn"],
        "Fargate.Credentials": secret,
    }
    status, _, told = deploy(*CIDR)
    assert status == 0, told


def make_trader(bucket: Bucket, name: str, broker: str = PAPER) -> None:
    history = load_history("AAPL", "sample")
    job = make_backtest_job(history, strategy=SmaCrossover(short=5, long=20), rules=Rules(shares=10))
    feed = ALPACA if broker == ALPACA else REPLAY
    settings = TraderSettings(
        name=name, job=job, feed=feed, broker=broker, first=None, created=datetime.now(UTC).isoformat()
    )
    create(bucket, settings, {"prices": history.to_csv()})


@pytest.mark.thorough
@pytest.mark.usefixtures("deployed")
def test_a_trader_starts_when_its_image_is_there(
    deploy: Deploy, bucket: Bucket, cloudformation: CloudFormationServer, pushed: list[tuple[str, str]]
) -> None:
    make_trader(bucket, "mine")
    status, printed, told = deploy("--trader", "mine", password=None)
    assert status == 0, told
    parameters = cloudformation.parameters("spotmc")
    assert (parameters["Trader"], parameters["TraderRuns"]) == ("mine", "yes")
    assert pushed == [(parameters["TraderImageTag"], "no")], "it would have been started without an image"
    assert "Starting the trader mine" in told
    assert "TraderService = arn:aws:ecs:" in printed

    status, _, told = deploy("--max-workers", "3", password=None)  # what is not given stays
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["TraderRuns"] == "yes"

    status, _, told = deploy("--set", "Trader=", password=None)
    assert status == 0, told
    assert "`spotmc trader kill mine`, before, cancels the orders" in told
    assert cloudformation.parameters("spotmc")["Trader"] == ""


@pytest.mark.thorough
@pytest.mark.usefixtures("deployed")
def test_a_new_image_is_there_before_the_update_that_starts_it(
    deploy: Deploy, bucket: Bucket, cloudformation: CloudFormationServer, pushed: list[tuple[str, str]]
) -> None:
    make_trader(bucket, "mine")
    assert deploy("--trader", "mine", password=None)[0] == 0
    pushed.clear()
    before = cloudformation.requests.count("ExecuteChangeSet")
    looked: list[int] = []
    cloudformation.on_events = lambda: looked.append(len(pushed))
    status, _, told = deploy("--set", "KeepLogsDays=7", password=None)
    assert status == 0, told
    assert looked[0] == 1
    assert cloudformation.requests.count("ExecuteChangeSet") == before + 1, "it would be stopped and started"


@pytest.mark.thorough
@pytest.mark.usefixtures("deployed", "pushed")
def test_a_trader_at_alpaca_waits_for_its_credentials(
    *, deploy: Deploy, bucket: Bucket, cloudformation: CloudFormationServer, account: Account, capsys: Any
) -> None:
    make_trader(bucket, "mine", ALPACA)
    status, _, told = deploy("--trader", "mine", password=None)
    assert status == 0, told
    assert "does not run: it has no credentials yet: `spotmc trader credentials --name spotmc`" in told
    assert "`spotmc deploy --name spotmc --trader mine` starts it then" in told
    assert cloudformation.parameters("spotmc")["TraderRuns"] == "no"

    give_credentials(account, "spotmc", **KEYS)
    told = capsys.readouterr().err
    assert "`spotmc deploy --name spotmc --trader mine` starts it" in told
    assert not any(word in told for word in KEYS.values())
    status, _, told = deploy("--trader", "mine", password=None)
    assert status == 0, told
    assert cloudformation.parameters("spotmc")["TraderRuns"] == "yes"


@pytest.mark.thorough
@pytest.mark.usefixtures("deployed", "pushed")
def test_one_that_runs_is_started_anew_with_its_credentials(
    *, deploy: Deploy, spotmc: Deploy, bucket: Bucket, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trader(bucket, "mine")
    assert deploy("--trader", "mine", password=None)[0] == 0
    lacking = spotmc("trader", "credentials", "--from-environment")
    assert (lacking[0], "ALPACA_KEY_ID and ALPACA_SECRET_KEY not in the environment" in lacking[2]) == (2, True)
    for name, value in KEYS.items():
        monkeypatch.setenv(f"ALPACA_{name.upper()}", value)
    status, _, told = spotmc("trader", "credentials", "--from-environment")
    assert status == 0, told
    assert "is started anew" in told
    service = trader.trader_of(account, "spotmc")
    kept = json.loads(account.secrets.get_secret_value(SecretId=service.secret)["SecretString"])
    assert kept == {"ALPACA_KEY_ID": KEYS["key_id"], "ALPACA_SECRET_KEY": KEYS["secret_key"]}


@pytest.mark.usefixtures("deployed", "pushed")
def test_a_trader_that_is_not_there_is_found_before_anything_is_changed(
    deploy: Deploy, bucket: Bucket, cloudformation: CloudFormationServer
) -> None:
    status, _, told = deploy("--trader", "mine", password=None)
    assert status == 1
    assert f"make it: SPOTMC_BUCKET={bucket.name} spotmc trader create mine" in told.splitlines()[-1]
    assert cloudformation.parameters("spotmc")["Trader"] == ""


@pytest.mark.thorough
@pytest.mark.usefixtures("pushed")
def test_a_new_stack_has_no_trader_yet(deploy: Deploy, cloudformation: CloudFormationServer) -> None:
    status, _, told = deploy(*CIDR, "--trader", "mine")
    assert status == 1
    assert "deploy it without --trader" in told.splitlines()[-1]
    assert cloudformation.status("spotmc") is None


@pytest.mark.usefixtures("settings")
def test_a_dry_run_tells_what_a_trader_costs(spotmc: Deploy) -> None:
    status, printed, told = spotmc("deploy", "--dry-run", *CIDR, "--trader", "mine")
    assert (status, told) == (0, "")
    assert "trader, 0.25 vCPU and 1 GB on Fargate" in printed
    assert "AWS::ECS::Service" in printed
    status, printed, told = spotmc("deploy", "--dry-run", *CIDR, "--set", "TraderRuns=yes")
    assert (status, told) == (0, "TraderRuns has no effect without --trader\n")
    assert "Fargate" not in printed
    status, _, told = spotmc("deploy", "--dry-run", *CIDR, "--trader", "Not mine")
    assert status == 2
    assert "must be the name of a trader" in told
    assert spotmc("deploy", "--dry-run", *CIDR, "--set", "TraderImageTag=x")[0] == 2


@pytest.mark.thorough
@pytest.mark.usefixtures("deployed", "pushed", "fleet_histories")
def test_the_stack_says_whether_its_trader_runs(
    *, deploy: Deploy, spotmc: Deploy, bucket: Bucket, account: Account
) -> None:
    make_trader(bucket, "mine")
    assert deploy("--trader", "mine", password=None)[0] == 0
    status, printed, _ = spotmc("stack")
    assert "  trader        mine, 1 wanted, 0 there" in printed  # the emulator starts no task
    assert "the trader mine does not run" in printed
    assert "see the log group /spotmc/trader" in printed
    assert status == 1
    service = trader.trader_of(account, "spotmc")
    account.ecs.update_service(cluster=service.cluster, service=service.service, desiredCount=0)
    assert "the trader mine" not in spotmc("stack")[1]
    switches.halt(bucket, "mine", "the broker has 10 shares, and not 0: sell them", datetime.now(UTC))
    _, printed, _ = spotmc("stack")
    assert "the trader mine has halted: the broker has 10 shares, and not 0: sell them" in printed
    assert "`spotmc trader resume mine`" in printed
