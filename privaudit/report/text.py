"""The report for people: the worst first, by service; short where there is little to say."""

from collections.abc import Collection, Iterable, Sequence
from textwrap import TextWrapper

from privaudit.model.finding import Status
from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity
from privaudit.model.unknown import Limit
from privaudit.report.content import Report
from privaudit.report.counts import Counts, count
from privaudit.report.evidence import in_words
from privaudit.report.next_step import next_steps
from privaudit.report.plain import plain
from privaudit.report.sections import Group, Section, sections
from privaudit.report.words import runs_as, where

_LABEL = 10
"""Columns of a severity or status, with the space after it."""
_LONGEST = 600
"""Characters of one text: a name may have 4,096, and every one may need four to be shown."""
_STEPS = 5
"""Next steps of one service."""
_LIMITS = 6
"""Kinds of limits that are shown."""
_PLACES = 3
"""Names that are spelt out where there are many."""
_COUNTED = (Status.UNKNOWN, Status.ACCEPTED, Status.WAIVED)
"""Verdicts, beside failures, that the last line counts."""
_STATUS = {Status.NOT_APPLICABLE: "n/a"}

_COLOURS = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: "31",
    Severity.MEDIUM: "33",
    Severity.LOW: "36",
}
_BOLD, _DIM = "1", "2"
"""SGR codes, ECMA-48."""


@frozen
class Page:
    """How lines are laid out."""

    width: int
    """Columns."""
    colour: bool = False

    def paint(self, text: str, code: str) -> str:
        """Text in a colour (ECMA-48, SGR); text must be plain already."""
        return f"\033[{code}m{text}\033[0m" if self.colour and text and code else text

    def title(self, text: str) -> str:
        """One line above others."""
        return self.paint(shorten(plain(text)), _BOLD)

    def block(
        self, text: str, *, label: str = "", code: str = _BOLD, indent: int = 2, dim: bool = False
    ) -> str:
        """Wrap one text behind a label; words are never broken, so that paths can be copied."""
        shown = shorten(plain(text))
        room = max(self.width - indent - len(label), 20)
        lines = TextWrapper(room, break_long_words=False, break_on_hyphens=False).wrap(shown) or [""]
        gap = " " * (indent + len(label))
        first = " " * indent + self.paint(label.rstrip(), code) + " " * (len(label) - len(label.rstrip()))
        painted = [self.paint(line, _DIM) if dim else line for line in lines]
        return "\n".join([first + painted[0], *(gap + line for line in painted[1:])])


def shorten(text: str) -> str:
    """Cut the middle out of a very long text, and say so."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}"


def render(
    report: Report,
    *,
    width: int = 100,
    colour: bool = False,
    show: Collection[Status] = frozenset({Status.FAIL}),
    every: bool = False,
) -> str:
    """Lay a report out as text, ending in a newline.

    show: the verdicts that are listed one by one. every: say who each service runs as, whatever was found.
    """
    page = Page(width, colour)
    counts = count(report)
    shown = sections(finding for finding in report.findings if finding.status in show)
    blocks = [_section(page, section, report) for section in shown]
    if every:
        said = {section.title for section in shown}
        ids = dict.fromkeys(each.id for each in report.snapshot.services if each.id not in said)
        blocks += [_section(page, Section((each,), ()), report) for each in ids]
    if report.snapshot.limits:
        blocks.append(_limits(page, report.snapshot.limits))
    blocks.append(_summary(page, report, counts, show))
    return "\n\n".join(blocks) + "\n"


def _section(page: Page, section: Section, report: Report) -> str:
    known = _standing(section.title, report) if len(section.subjects) == 1 else [_some(section.subjects)]
    lines = [_heading(page, section), *map(page.block, known)]
    for group in section.groups:
        lines += _group(page, group, known)
    steps = next_steps(section.findings(), report)
    for number, step in enumerate(steps[:_STEPS]):
        lines.append(page.block(step.words, label=("" if number else "next").ljust(_LABEL)))
        if step.command:  # never wrapped: it is there to be copied
            lines.append(" " * (2 + _LABEL) + page.paint(plain(step.command), _BOLD))
    if len(steps) > _STEPS:
        lines.append(page.block(f"and {len(steps) - _STEPS} more like these", indent=2 + _LABEL))
    return "\n".join(lines)


def _standing(service_id: str, report: Report) -> list[str]:
    """Say where it runs, and as whom against whom it should; several persons may have one of that name."""
    said: list[str] = []
    for service in report.snapshot.services:
        if service.id != service_id:
            continue
        place = where(service, report.snapshot.accounts)
        said.append(", ".join(filter(None, (place, runs_as(service)))))
        said += [service.difference] if service.difference else []
    return said


def _heading(page: Page, section: Section) -> str:
    title = page.title(section.title)
    if not section.failed:
        return title
    return f"{page.paint(section.worst.upper(), _COLOURS[section.worst])} {title}"


def _group(page: Page, group: Group, known: list[str]) -> Iterable[str]:
    """Lay out one group; known: what the section has said before, which is not said again."""
    if group.first.status is not Status.FAIL:
        yield from _other(page, group)
        return
    first = group.first
    label = f"{first.severity} ".ljust(_LABEL)
    yield page.block(f"{first.message} [{first.rule}]", label=label, code=_COLOURS[first.severity])
    known += [first.message, first.severity]
    if evidence := in_words(first.evidence, " ".join(known)):
        known.append(evidence)
        yield _detail(page, evidence)
    if group.rest:
        yield _detail(
            page, f"the same for {_some([finding.path or finding.subject for finding in group.rest])}"
        )


def _other(page: Page, group: Group) -> Iterable[str]:
    """Say a verdict that is no failure: which rules came to it, and why."""
    first = group.first
    label = _STATUS.get(first.status, first.status.value)
    rules = ", ".join(group.rules)
    said = f"{rules}: {first.reason}" if first.reason else rules
    yield page.block(said, label=f"{label} ".ljust(_LABEL), code=_DIM)
    found = (first, *group.rest)
    if subjects := list(dict.fromkeys(f.subject for f in found if f.subject != f.service and f.service)):
        yield _detail(page, f"about {_some(subjects)}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _PLACES
    return ", ".join(names[:_PLACES]) + (f" and {more} more" if more > 0 else "")


def _detail(page: Page, text: str) -> str:
    return page.block(text, indent=2 + _LABEL, dim=True)


def _limits(page: Page, limits: Sequence[Limit]) -> str:
    """Say what could not be looked at, by what stood in the way."""
    by_reason: dict[str, list[str]] = {}
    for limit in limits:
        by_reason.setdefault(limit.why, []).append(limit.what)
    lines = [page.title("Limits of this scan")]
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    for why, places in ordered[:_LIMITS]:
        lines.append(page.block(f"{_some(places)}: {why}"))
    if len(ordered) > _LIMITS:
        rest = sum(len(places) for _, places in ordered[_LIMITS:])
        lines.append(page.block(f"and {rest} more, all of them in --format json"))
    return "\n".join(lines)


def _summary(page: Page, report: Report, counts: Counts, show: Collection[Status]) -> str:
    machine = report.snapshot.machine
    name = machine.hostname or machine.root
    place = f"{name} ({machine.system})" if machine.system else name
    checked = _many(len(report.snapshot.services), "service")
    if not report.snapshot.services and not counts.failures:
        found = "no service seen"
    elif counts.failures:
        each = ", ".join(f"{number} {severity}" for severity, number in counts.failed.items() if number)
        found = f"{_many(counts.failures, 'finding')} ({each})"
        found += f" on {counts.services} of {checked}" if counts.services else f"; {checked} checked"
    else:
        found = f"{checked} checked, nothing found" + (" in what could be read" if counts.unread else "")
    limits = _many(len(report.snapshot.limits), "limit") if report.snapshot.limits else ""
    return page.block("; ".join(filter(None, (f"{place}: {found}", _others(counts, show), limits))), indent=0)


def _others(counts: Counts, show: Collection[Status]) -> str:
    """Count the other verdicts that somebody may want to see, with how to see them; empty: there are none."""
    said = [
        f"{number} {status}" + (_unread(counts) if status is Status.UNKNOWN else "")
        for status in _COUNTED
        if (number := counts.statuses[status])
    ]
    hidden = [status for status in _COUNTED if counts.statuses[status] and status not in show]
    return ", ".join(said) + (f" (--show {','.join(hidden)})" if hidden else "")


def _unread(counts: Counts) -> str:
    some = "all" if counts.unread == counts.statuses[Status.UNKNOWN] else str(counts.unread)
    return f", {some} of them unread" if counts.unread else ""


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
