"""The container images of a stack: which it needs, under which tags, and pushing them to its repositories."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cloudformation.template import Stack
    from deployment.account import Account
    from deployment.image import Target
    from deployment.stack import Deployed

RESEARCH: "Target" = "research"
TRADER: "Target" = "trader"

_X86 = "X86"  # all that SageMaker trains on, and what traders run on


@dataclass(frozen=True)
class Image:
    """One that is to be built and pushed.

    Attributes:
        target: Of the Dockerfile.
        tag: A tag is never given to another image, and one image runs on one processor.
        folder: Where its archives lie.
        processor: As the parameter BatchProcessor names it.
    """

    target: "Target"
    tag: str
    folder: Path
    processor: str


@dataclass(frozen=True)
class Images:
    """What a stack runs in containers.

    Attributes:
        builder: The program that builds them; None where the stack has none.
        processor: Of workers on AWS Batch; None where there are none.
        research: Whether SageMaker trains and serves.
        trader: Whether a trader runs.
    """

    builder: str | None = None
    processor: str | None = None
    research: bool = False
    trader: bool = False
    wanted: list[Image] = field(default_factory=list)

    @classmethod
    def of(cls, stack: "Stack") -> "Images":
        """
        Raises:
            DeploymentError: an image is needed, and nothing here can build it.
        """
        from deployment import image

        on_batch, research = stack.parameters["WorkersOn"] == "Batch", stack.parameters["Research"] == "yes"
        trader = bool(stack.parameters["Trader"])
        if not (on_batch or research or trader):
            return cls()
        builder = image.builder()
        if (research or trader) and image.processor_here() != _X86:
            who = "SageMaker trains on x86-64 alone" if research else "The trader runs on x86-64"
            click.echo(
                f"{who}, and this machine is none: {Path(builder).name} builds its image with an emulator, which takes "
                "several times as long, and fails where there is none (binfmt, qemu).",
                err=True,
            )
        return cls(builder, stack.parameters["BatchProcessor"] if on_batch else None, research, trader)

    @contextmanager
    def collected(self, program: str, folder: Path) -> Iterator[dict[str, str]]:
        """Collect what the images are made of, for as long as the context lasts.

        Args:
            program: Name of what is published.
            folder: Where the archives for machines lie.

        Returns:
            The parameters with their tags.
        """
        from deployment import archives, image
        from spotmc.publish import CHECKOUT, collected_for_image

        tags: dict[str, str] = {}
        with ExitStack() as kept:
            if self.processor:
                tags["BatchImageTag"] = f"{program}-{self.processor.lower()}"
                self.wanted.append(Image("worker", tags["BatchImageTag"], folder, self.processor))
            for wanted, target, parameter, of, machines in (
                (self.research, RESEARCH, "ResearchImageTag", "SageMaker", archives.RESEARCH),
                (self.trader, TRADER, "TraderImageTag", "the trader", archives.TRADERS),
            ):
                if wanted:
                    place = kept.enter_context(collected_for_image(of, machines))
                    tags[parameter] = image.tag_of(dockerfile=CHECKOUT / "Dockerfile", folder=place)
                    self.wanted.append(Image(target, tags[parameter], place, _X86))
            yield tags

    def push_ahead(self, account: "Account", before: "Deployed | None") -> None:
        """Push what an update starts at once: to the trader's repository, where there is one already.

        Raises:
            DeploymentError
        """
        repository = before.outputs.get("TraderImage", "").rpartition(":")[0] if before else ""
        for each in self.wanted:
            if each.target == TRADER and repository:
                self._push(account, each, f"{repository}:{each.tag}")

    def push(self, account: "Account", deployed: "Deployed") -> None:
        """Build and push to the stack's repositories what they do not have.

        Raises:
            DeploymentError
        """
        names = {
            "worker": f"{deployed.outputs.get('ImageRepository')}:{deployed.parameters.get('BatchImageTag')}",
            RESEARCH: deployed.outputs.get("ResearchImage", ""),
            TRADER: deployed.outputs.get("TraderImage", ""),
        }
        for each in self.wanted:
            self._push(account, each, names[each.target])

    def _push(self, account: "Account", each: Image, name: str) -> None:
        from deployment import image
        from spotmc.publish import CHECKOUT

        click.echo(f"Building and pushing {name}", err=True)
        image.push(
            account.ecr,
            str(self.builder),
            dockerfile=CHECKOUT / "Dockerfile",
            folder=each.folder,
            image=name,
            processor=each.processor,
            target=each.target,
        )


def types_on_batch(
    account: "Account", stack: "Stack", known: Mapping[str, str], given: Mapping[str, str]
) -> str | None:
    """Types of machines to give to Batch: those that are good for a worker and that the region has.

    Returns:
        None where they stay as they are, or where the template's own are to be taken.
    """
    from deployment import machine_types
    from deployment.account import DeploymentError
    from fleet.errors import explained

    processor = stack.parameters["BatchProcessor"]
    as_before = known.get("BatchInstanceTypes") and known.get("BatchProcessor") == processor
    if stack.parameters["WorkersOn"] != "Batch" or as_before or given.get("BatchInstanceTypes"):
        return None
    try:
        with explained(DeploymentError, f"ask which machines {account.region} has"):
            offered = machine_types.offered(account.ec2)
    except DeploymentError as error:
        click.echo(f"{error}; Batch gets a few types that every region has", err=True)
        return ""
    wanted = machine_types.wanted_on_batch(processor)
    if missing := [kind for kind in wanted if kind not in offered]:
        click.echo(f"Left out, because {account.region} does not have them: {', '.join(missing)}", err=True)
    return ",".join(kind for kind in wanted if kind in offered)
