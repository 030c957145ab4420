"""Options that several commands share, and the types of their values."""

from collections.abc import Callable
from typing import Any

import click

from privaudit.model.finding import Status
from privaudit.model.frozen import slotted
from privaudit.model.severity import Severity

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

SEVERITIES = click.Choice([severity.value for severity in Severity])


@slotted
class Session:
    """What all of one run of privaudit shares."""

    debug: bool = False
    """Show a traceback where privaudit itself fails."""


class Statuses(click.ParamType[frozenset[Status]]):
    """Statuses, divided by commas; `all` is every one."""

    name = "status"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[Status]:
        """Read `fail,unknown`."""
        words = [word.strip() for word in str(value).split(",")]
        if words == ["all"]:
            return frozenset(Status)
        known = {status.value: status for status in Status}
        for word in words:
            if word not in known:
                self.fail(f"{word!r} is not one of {', '.join(known)} or all.", param, ctx)
        return frozenset(known[word] for word in words)


def _debugging(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if value:
        context.ensure_object(Session).debug = True


debug_option: Decorator = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_debugging,
    help="Show a traceback if privaudit itself fails.",
)
"""Every command takes it, so that it may stand anywhere."""

rules_option: Decorator = click.option(
    "--rules",
    "rules",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Use the rules in this folder too; may be repeated.",
)
root_option: Decorator = click.option(
    "--root",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Look at the system that is mounted or unpacked there.",
)
recorded_option: Decorator = click.option(
    "--recorded",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Look at the recording of a machine.",
)
