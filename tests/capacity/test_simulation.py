"""What the templates' policy makes of bursts, trickles and trouble, and that a worse one would show."""

from dataclasses import replace
from pathlib import Path

import pytest

from capacity import scenarios
from capacity.alarms import Alarm, breach
from capacity.assumptions import Arrival, Assumptions, World
from capacity.backlog import Backlog
from capacity.batch import on_batch
from capacity.lower_bound import lower_bound
from capacity.metric_math import Expression
from capacity.policy import Leaving, Policy, Rule, Step, StepScaling, stack
from capacity.scenarios import BURSTS, DAY, HOUR, LOADS, TRICKLES, TROUBLE, VARIANTS, WORLDS, Scenario, burst, trickle
from capacity.simulation import Run, simulate
from cloudformation.template import read
from fleet.tree import Tree

pytestmark = pytest.mark.thorough

STEADY = ("a chunk every 20 s", "30 chunks every minute", "300 chunks every minute")
UNTIL_SEEN = 5  # minutes until a message that waits has moved the target: the metric, when late, and the alarm
UNTIL_TRIED = (
    100  # minutes until one machine is tried all the same: a quarter of an hour, and once an hour, if seen late
)
FEARED = World(fall_ends_machines=True, fleet_metric_minutes=5)
every_load = pytest.mark.parametrize("name", LOADS)
every_variant = pytest.mark.parametrize("variant", VARIANTS)


@pytest.fixture(scope="module")
def runs() -> scenarios.Runs:
    return scenarios.load_runs()


@pytest.fixture(scope="module")
def worlds(runs: scenarios.Runs) -> scenarios.Runs:
    return scenarios.world_runs(runs)


@pytest.fixture(scope="module")
def trouble() -> scenarios.Runs:
    return scenarios.trouble_runs()


@every_variant
@every_load
def test_the_work_is_done_and_machines_return_to_zero(name: str, variant: str, runs: scenarios.Runs) -> None:
    check_that_it_ends(runs[name, variant], LOADS[name])


@pytest.mark.parametrize("world", WORLDS)
@every_load
def test_so_it_is_whatever_aws_does_where_its_pages_do_not_say(name: str, world: str, worlds: scenarios.Runs) -> None:
    check_that_it_ends(worlds[name, world], LOADS[name])


def check_that_it_ends(run: Run, scenario: Scenario) -> None:
    assert run.finished is not None
    assert run.at_zero is not None
    # The last machines to be asked for still boot, then wait for work in vain; what is taken away then is replaced.
    # Half of the machines an hour are replaced twice.
    boots = 1 if scenario.assumptions.taken_in_an_hour < 0.1 else 3
    idle = scenario.policy().idle_minutes
    latest = boots * (scenario.assumptions.boot_seconds * 1.5 + idle * 60) + (idle + UNTIL_SEEN) * 60
    assert run.at_zero - run.finished <= latest


@every_variant
@every_load
def test_nothing_waits_long_without_a_machine_being_asked_for(
    name: str, variant: str, runs: scenarios.Runs, worlds: scenarios.Runs
) -> None:
    assert runs[name, variant].longest_stall <= UNTIL_SEEN + LOADS[name].assumptions.asleep_minutes
    for world, switches in WORLDS.items():
        until_seen = UNTIL_SEEN if switches.empty_is_zero else UNTIL_TRIED
        assert worlds[name, world].longest_stall <= until_seen + LOADS[name].assumptions.asleep_minutes


@every_load
def test_no_busy_worker_is_ended(name: str, runs: scenarios.Runs, worlds: scenarios.Runs) -> None:
    assert [runs[name, variant].busy_ended for variant in VARIANTS] == [0, 0]
    assert [worlds[name, world].busy_ended for world in WORLDS] == [0] * len(WORLDS)


@every_load
def test_nobody_is_told_of_trouble_where_there_is_none(name: str, runs: scenarios.Runs, worlds: scenarios.Runs) -> None:
    assert [runs[name, variant].told for variant in VARIANTS] == [{}, {}]
    assert [worlds[name, world].told for world in WORLDS] == [{}] * len(WORLDS)


@every_variant
@pytest.mark.parametrize("name", BURSTS)
def test_a_burst_makes_machines_grow_and_shrink_once(name: str, variant: str, runs: scenarios.Runs) -> None:
    run = runs[name, variant]
    # The one machine that is tried after a quarter of an hour is added to those that are there.
    assert run.swings <= (1 if name == "1,000,000 chunks" and variant == "SpotFleet" else 0)
    assert run.launched <= run.minutes.target.max() + run.interruptions
    assert run.regretted <= run.launched / 100


@every_variant
@pytest.mark.parametrize("name", STEADY)
def test_a_steady_trickle_starts_no_machine_for_one_that_has_left(
    name: str, variant: str, runs: scenarios.Runs
) -> None:
    assert runs[name, variant].regretted == 0


@every_variant
@every_load
def test_no_run_is_better_than_the_lower_bound(name: str, variant: str, runs: scenarios.Runs) -> None:
    best = lower_bound(LOADS[name].load, LOADS[name].assumptions, LOADS[name].workers)
    run = runs[name, variant]
    assert run.finished is not None
    assert best.finished <= run.finished
    assert best.machine_hours <= run.machine_hours


def test_the_tables_in_the_documents_are_up_to_date(
    runs: scenarios.Runs, worlds: scenarios.Runs, trouble: scenarios.Runs
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    tables = scenarios.load_table(runs), scenarios.world_table(worlds), scenarios.trouble_table(trouble)
    assert all(table in page for table in tables), "run: .venv/bin/python -m capacity.scenarios"


def test_step_scaling_that_counts_from_fulfilled_capacity_costs_more(worlds: scenarios.Runs) -> None:
    """Which is why it is what the tables assume."""
    name = "300 chunks every minute"
    from_target = worlds[name, "a step adds to the target"].machine_hours
    assert 1.05 * from_target < worlds[name, "as in the table above"].machine_hours < 1.2 * from_target


@pytest.mark.parametrize("seed", range(20))
def test_a_worker_with_rare_short_work_is_not_taken_for_idle(seed: int) -> None:
    """Its messages come and go between two looks at the queue, so in flight alone would show an empty queue."""
    rare, world = TRICKLES["a chunk every 5 minutes"], World(fall_ends_machines=True)
    run = simulate(rare.policy(), rare.load, replace(rare.assumptions, seed=seed, world=world))
    assert run.busy_ended == 0


def test_an_alarm_that_did_not_look_at_what_was_received_would_end_it() -> None:
    rare = TRICKLES["a chunk every 5 minutes"]
    empty, to_zero = rare.policy().down[0]
    blind = replace(empty, metric=Expression("waiting + inFlight", {"waiting": "waiting", "inFlight": "in_flight"}))
    policy = replace(rare.policy(), down=(Rule(blind, to_zero),))
    world = World(fall_ends_machines=True)
    ended = [simulate(policy, rare.load, replace(rare.assumptions, seed=seed, world=world)) for seed in range(5)]
    assert any(run.busy_ended for run in ended)


# ---- What the measures above would show of a worse policy ----------------------------------------------------------

BEFORE = StepScaling(
    exact=True,
    cooldown_seconds=60,
    steps=(Step(0, 1, 0), Step(1, 10, 1), Step(10, 100, 5), Step(100, 1000, 50), Step(1000, 10_000, 500)),
)


def shrinks_as_before(policy: Policy, expression: str) -> Policy:
    """After three minutes without a waiting message, to half of those in flight; workers just go."""
    metric = Expression(expression, {"waiting": "waiting", "inFlight": "in_flight"})
    alarm = Alarm(metric, "GreaterThanOrEqualToThreshold", threshold=0, periods=3)
    return replace(policy, down=(Rule(alarm, BEFORE),), leaving=Leaving.NOTHING)


def test_shrinking_to_half_of_what_is_in_flight_ends_busy_workers_if_a_falling_target_does() -> None:
    scenario = TRICKLES["30 chunks every minute"]
    policy = shrinks_as_before(scenario.policy(), "IF(waiting > 0, -1, inFlight + 0 * waiting)")
    assert simulate(policy, scenario.load, scenario.assumptions).busy_ended == 0
    assert simulate(policy, scenario.load, replace(scenario.assumptions, world=FEARED)).busy_ended > 100


def test_an_expression_that_is_nothing_on_an_idle_queue_never_returns_to_zero() -> None:
    """As where nothing is in flight and ``FILL`` has nothing to fill."""
    scenario = BURSTS["1,000 chunks"]
    policy = shrinks_as_before(scenario.policy(), "IF(waiting > 0, -1, inFlight)")
    run = simulate(policy, scenario.load, scenario.assumptions, until=6 * HOUR)
    assert run.finished is not None
    assert run.at_zero is None
    assert run.minutes.machines.iloc[-1] > 10
    assert run.launched > 5 * run.peak, "idle workers are replaced for ever"


@every_variant
def test_workers_that_leave_without_a_word_are_replaced(variant: str) -> None:
    scenario = BURSTS["1,000 chunks"]
    policy = replace(scenario.policy(variant), leaving=Leaving.NOTHING)
    run = simulate(policy, scenario.load, scenario.assumptions, until=6 * HOUR)
    if policy.on_fleet:  # which has a backstop
        assert run.at_zero is not None
        assert run.launched > run.peak * 1.2
    else:
        assert run.at_zero is None


def test_without_workers_that_lower_it_the_backstop_brings_a_fleet_to_zero_with_metrics_late_and_lost() -> None:
    scenario = BURSTS["1,000 chunks"]
    policy = replace(scenario.policy(), leaving=Leaving.NOTHING)
    run = simulate(policy, scenario.load, replace(scenario.assumptions, late=0.5, lost=0.05))
    assert run.finished is not None
    assert run.at_zero is not None
    assert run.at_zero - run.finished < HOUR


def test_a_queue_that_tells_nothing_brings_a_fleet_to_zero_after_a_quarter_of_an_hour() -> None:
    scenario = BURSTS["one chunk"]
    policy = replace(scenario.policy(), leaving=Leaving.NOTHING)
    silent = next(rule.alarm for rule in policy.down if rule.alarm.missing_is_on)
    assert (silent.periods, breach(silent, 40, {23: {"waiting": 0.0}}) is not None) == (15, True)
    assert breach(silent, 40, {26: {"waiting": 0.0}}) is None


def test_without_an_alarm_on_one_metric_no_machine_might_ever_come() -> None:
    scenario, world = BURSTS["one chunk"], World(empty_is_zero=False)
    policy = scenario.policy()
    never = Rule(replace(policy.retry.alarm, threshold=float("inf")), policy.retry.scaling)
    assumptions = replace(scenario.assumptions, world=world)
    assert simulate(replace(policy, retry=never), scenario.load, assumptions, until=2 * HOUR).peak == 0
    assert simulate(policy, scenario.load, assumptions).finished is not None


def test_a_threshold_that_a_small_job_never_reaches_leaves_it_waiting() -> None:
    scenario = Scenario(load=burst(1))
    policy = Policy.of(stack(ScaleOutMessages=2))
    run = simulate(policy, scenario.load, scenario.assumptions, until=HOUR)
    assert run.finished is None
    assert run.longest_stall >= 59


@pytest.mark.parametrize("minutes", read("spotmc.yaml")["Parameters"]["IdleExitMinutes"]["AllowedValues"])
def test_the_backstop_waits_longer_than_workers_do_and_metrics_are_late(minutes: int) -> None:
    """Who has received nothing for so long has left by then, also where the newest three values are late."""
    policy = Policy.of(stack(IdleExitMinutes=minutes))
    backstop = policy.down[0].alarm
    assert backstop.periods >= max(15, policy.idle_minutes + UNTIL_SEEN)


# ---- Trouble -------------------------------------------------------------------------------------------------------


@every_variant
def test_boots_that_fail_cost_a_few_machines_an_hour_and_people_are_told(variant: str, trouble: scenarios.Runs) -> None:
    run = trouble["every boot fails and says so", variant]
    launched = run.minutes.launched
    by_hour = [launched.iloc[first + 60] - launched.iloc[first] for first in range(0, len(launched) - 60, 60)]
    assert len(by_hour) >= 23
    assert max(by_hour) <= 12
    assert run.machine_hours < 6
    assert run.told["BootsFail"] <= 600


@every_variant
def test_it_is_tried_again_at_most_hourly_until_boots_succeed(variant: str) -> None:
    """One machine at a time: three fail, then one is tried when the first has been forgotten, and one all the same."""
    one = Scenario(load=burst(1), assumptions=replace(scenarios.USUAL, failing=1), until=DAY).run(variant)
    launched = one.minutes.launched
    starts = [minute for minute in range(1, len(launched)) if launched[minute] > launched[minute - 1]]
    assert all(fifth - first >= 60 for first, fifth in zip(starts, starts[4:], strict=False))


@every_variant
def test_a_policy_that_did_not_count_failed_boots_would_loop(variant: str) -> None:
    scenario = TROUBLE["every boot fails and says so"]
    policy = scenario.policy(variant)
    heedless = replace(policy.up.alarm, metric=Expression("waiting", {"waiting": "waiting"}))
    run = simulate(
        replace(policy, up=Rule(heedless, policy.up.scaling), told={}), scenario.load, scenario.assumptions, until=DAY
    )
    assert run.launched > 1000


@every_variant
@pytest.mark.parametrize("world", [World(), FEARED], ids=["usual", "feared"])
def test_machines_without_a_network_are_few_and_found_after_20_minutes(variant: str, world: World) -> None:
    run = TROUBLE["every boot ends without a network"].run(variant, world)
    assert run.peak <= 50
    assert run.told["NobodyWorks"] <= 25 * 60
    assert run.machine_hours < 600, "in a day; without a limit they would be 10,000 times as many"


def test_machines_without_a_network_are_given_up_on_a_fleet(trouble: scenarios.Runs) -> None:
    minutes = trouble["every boot ends without a network", "SpotFleet"].minutes
    assert (minutes.target == 0).sum() > len(minutes) / 5


@every_variant
@pytest.mark.parametrize("from_fulfilled", [True, False], ids=["from fulfilled", "from target"])
@pytest.mark.parametrize("name", ["Spot has 20 machines", "Spot gives 5 machines a minute"])
def test_where_spot_is_short_nobody_who_is_there_is_given_up(name: str, variant: str, *, from_fulfilled: bool) -> None:
    world = replace(FEARED, counts_from_fulfilled=from_fulfilled)
    run = TROUBLE[name].run(variant, world)
    assert run.finished is not None
    assert run.at_zero is not None
    assert run.busy_ended == 0
    working = run.minutes[run.minutes.waiting > 0]
    assert (working.target >= working.machines).all()


def test_what_a_group_could_not_get_it_gets_in_vain_later_but_once(trouble: scenarios.Runs) -> None:
    run = trouble["Spot has 20 machines", "AutoScalingGroup"]
    assert run.minutes.target.max() <= 20 + 200 + 6, "one step more than there are, and one each hour"
    assert run.launched <= run.minutes.target.max() + run.interruptions


@every_variant
@pytest.mark.parametrize("name", ["one boot in ten fails and says so", "one boot in ten ends without a network"])
def test_some_bad_boots_keep_nobody_from_working(name: str, variant: str, trouble: scenarios.Runs) -> None:
    run, well = trouble[name, variant], BURSTS["10,000 chunks"].run(variant)
    assert run.finished is not None
    assert well.finished is not None
    assert run.finished < 1.2 * well.finished
    assert run.at_zero is not None
    assert run.told == {}


def test_each_that_leaves_a_group_makes_it_smaller_by_one() -> None:
    run = simulate(
        BURSTS["1,000 chunks"].policy("AutoScalingGroup"),
        burst(1_000),
        replace(scenarios.USUAL, taken_in_an_hour=0),
    )
    falling = run.minutes[run.minutes.left > 0]
    assert (falling.target + falling.left == run.minutes.target.max()).all()
    assert run.launched == run.minutes.target.max(), "so none is replaced"


# ---- Batch ---------------------------------------------------------------------------------------------------------


def test_on_batch_all_start_at_once_and_drain() -> None:
    run = on_batch(Arrival(0, 1_000), scenarios.USUAL, 100)
    assert run.finished >= 1_000 / 100 * 20 + 60 + 0.75 * 120
    assert run.finished < 10 * 60
    assert run.machine_hours > 1_000 * 20 / 3600
    alone = on_batch(Arrival(0, 1), scenarios.USUAL, 100)
    assert alone.machine_hours < 0.25, "no more workers than chunks"


# ---- The world that is simulated -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chunks", [1, 10, 11, 100, 101, 1_000, 12_345])
def test_splitting_gives_as_many_messages_as_the_tree_has_nodes(chunks: int) -> None:
    tree, backlog = Tree(chunks, 1), Backlog()
    backlog.submit(chunks)
    assert backlog.messages == len(tree.first_level())
    splits = 0
    while backlog.chunks < backlog.messages:
        backlog.split(1)
        splits += 1
    assert backlog.chunks == chunks
    assert splits <= chunks // 9 + 5  # the inner nodes of a tree that forks in ten


def test_the_fleet_costs_no_more_than_it_may() -> None:
    policy = replace(BURSTS["10,000 chunks"].policy(), dollars_per_hour=1.0)
    assumptions = Assumptions(chunk_seconds=20, dollars_per_hour=0.03)
    run = simulate(policy, burst(10_000), assumptions)
    assert run.peak == 33
    assert run.finished is not None


def test_what_spot_takes_away_is_done_by_others() -> None:
    scenario = Scenario(load=burst(2_000), assumptions=Assumptions(chunk_seconds=60, taken_in_an_hour=0.95))
    run = scenario.run()
    assert run.interruptions > 100
    assert run.finished is not None
    undisturbed = simulate(scenario.policy(), scenario.load, replace(scenario.assumptions, taken_in_an_hour=0))
    assert undisturbed.interruptions == 0
    assert undisturbed.finished is not None
    assert undisturbed.finished < run.finished


def test_the_same_seed_gives_the_same_run() -> None:
    first, again = (Scenario(load=trickle(50, 300, hours=2)).run() for _ in range(2))
    assert first.minutes.equals(again.minutes)


def test_a_group_gets_no_machine_that_costs_more_than_one_may() -> None:
    policy = replace(BURSTS["100 chunks"].policy("AutoScalingGroup"), machine_dollars_per_hour=0.03)
    assert simulate(policy, burst(100), scenarios.USUAL, until=HOUR).peak == 0


def test_the_lower_bound_waits_for_jobs_and_simulates_whole_chunks() -> None:
    assumptions = Assumptions(chunk_seconds=10)
    assert lower_bound([Arrival(0, 5)], assumptions, 10) == (10, 5 * 10 / 3600)
    assert lower_bound([Arrival(0, 25)], assumptions, 10).finished == 30
    assert lower_bound([Arrival(0, 10), Arrival(100, 10)], assumptions, 10).finished == 110
    assert lower_bound([Arrival(50, 100), Arrival(55, 100)], assumptions, 10).finished == 200
