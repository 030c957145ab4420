"""`privaudit services`: which services the catalogue knows, and how each should live."""

import sys
from collections.abc import Iterator

import click

from privaudit.cli import terminal
from privaudit.cli.exits import Failure
from privaudit.cli.loading import catalogue
from privaudit.cli.naming import near
from privaudit.cli.options import debug_option
from privaudit.model.profile import OwnedPath, Profile
from privaudit.report.text import Page


@click.group(name="services", epilog="Example: privaudit services show mysql")
@debug_option
def command() -> None:
    """Show the catalogue: how known services should live."""


@command.command("list", epilog="Example: privaudit services list")
@debug_option
def list_services() -> None:
    """List the known services: name, model, accounts."""
    found = catalogue()
    columns = max(len(profile.service) for profile in found)
    lines = []
    for profile in found:
        accounts = ", ".join(dict.fromkeys(profile.account.values()))
        lines.append(f"{profile.service:{columns}}  {profile.model:13}  {accounts}".rstrip())
    terminal.say("\n".join(lines) + "\n")


@command.command("show", epilog="Example: privaudit services show mysql")
@click.argument("name")
@debug_option
def show_service(*, name: str) -> None:
    """Show how one service should live."""
    found = catalogue()
    profile = next((each for each in found if name in {each.service, *each.names}), None)
    if profile is None:
        names = [each for profile in found for each in (profile.service, *profile.names)]
        raise Failure(
            f"the catalogue has no service {name}", near(name, names) or "list them: privaudit services list"
        )
    page = Page(terminal.width(sys.stdout), colour=terminal.colourful(sys.stdout))
    terminal.say("\n".join(_shown(profile, page)) + "\n")


def _shown(profile: Profile, page: Page) -> Iterator[str]:
    yield page.title(profile.service)
    accounts = ", ".join(f"{account} on {platform}" for platform, account in profile.account.items())
    facts = [
        ("called", ", ".join(profile.names)),
        ("model", profile.model.value),
        ("why", profile.why),
        ("account", accounts.replace(" on default", " elsewhere")),
        ("units", ", ".join(profile.matches.systemd)),
        ("labels", ", ".join(profile.matches.launchd)),
        ("programs", ", ".join(profile.matches.programs)),
        *(("workers", f"run as {each.account}") for each in profile.workers),
        *(("owns", _owned(each)) for each in profile.owns),
        ("moves", ", ".join(f"{manager}: {how}" for manager, how in profile.move.items())),
        ("reason", profile.move_reason),
        *(("accepted", f"{rule}: {why}") for rule, why in profile.accepts.items()),
    ]
    for label, text in facts:
        if text:
            yield page.block(text, label=label.ljust(10))


def _owned(path: OwnedPath) -> str:
    where = f" on {', '.join(path.on)}" if path.on else ""
    return f"{path.path} ({path.kind}{', mode ' + path.mode if path.mode else ''}){where}"
