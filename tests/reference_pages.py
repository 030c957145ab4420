"""The pages about rules and services, made from the YAML; `python tests/reference_pages.py` writes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from privaudit.engine import Rule, load_catalogue, load_rules
from privaudit.model.profile import OwnedPath, Profile

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
_MADE = "Made from the files in `{}` by `python tests/reference_pages.py`; change those, and run it."
_PLATFORMS = ("debian", "rhel", "alpine", "macos", "default")
_MOVES = {
    "drop-in": "a drop-in",
    "directive": "a line of its own configuration",
    "ownership": "the owner of its data",
    "system-daemon": "a daemon of launchd",
    "never": "never moved",
}


def pages() -> dict[str, str]:
    """Name of each page -> its text."""
    return {
        "rules.md": "\n".join(_rules(load_rules())) + "\n",
        "services.md": "\n".join(_services(load_catalogue())) + "\n",
    }


def _rules(rules: Sequence[Rule]) -> Iterator[str]:
    yield f"# Rules\n\n{_MADE.format('rules/')}\n"
    yield "`privaudit rules show ID` shows one with its examples; [how a rule is written](rule-format.md).\n"
    yield "| Rule | Severity | Finds |\n|---|---|---|"
    yield from (f"| [{rule.id}](#{rule.id}) | {rule.severity} | {rule.title} |" for rule in rules)
    for rule in rules:
        yield f"\n## {rule.id}\n\n{rule.title}: {rule.severity}, one verdict for each {rule.applies_to}.\n"
        yield f"- **Why:** {rule.why}"
        yield f"- **What to do:** {rule.advice}" + (
            f" Remedy: `{rule.remedy}`." if rule.remedy != "none" else ""
        )
        yield f"- **Wrong if:** {rule.false_positives}"
        controls = "; ".join(f"{framework} {', '.join(ids)}" for framework, ids in rule.controls)
        yield f"- **Controls:** {controls}"


def _services(catalogue: Sequence[Profile]) -> Iterator[str]:
    yield f"# Services\n\n{_MADE.format('fixers/')}\n"
    yield (
        "`dedicated`: all of it runs as its account. `root-master`: a root parent whose workers run as the\n"
        "account. `root-required`: it needs root. `per-user`: each person's own.\n"
    )
    heads = ("Service", "Model", "Debian", "RHEL", "Alpine", "macOS", "elsewhere", "`fix` changes")
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for profile in catalogue:
        accounts = " | ".join(profile.account.get(platform, "") for platform in _PLATFORMS)
        moves = dict.fromkeys(_MOVES[how] for how in profile.move.values())
        name = f"[{profile.service}](#{profile.service})"
        yield f"| {name} | {profile.model.value} | {accounts} | {', '.join(moves)} |"
    for profile in catalogue:
        yield f"\n## {profile.service}\n"
        yield from (f"- **{label}:** {text}" for label, text in _facts(profile) if text)


def _facts(profile: Profile) -> Iterator[tuple[str, str]]:
    yield "Why", profile.why
    yield "Known by", _code((*profile.matches.systemd, *profile.matches.launchd, *profile.matches.programs))
    yield "Owns", ", ".join(_owned(path) for path in profile.owns)
    yield "Never moved", profile.move_reason
    yield from (("Accepted", f"`{rule}`: {why}") for rule, why in profile.accepts.items())


def _owned(path: OwnedPath) -> str:
    where = f", {' '.join(path.on)}" if path.on else ""
    return f"`{path.path}` ({path.kind}{where})"


def _code(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
