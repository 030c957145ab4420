"""A plan, its outcome and the history for people: every step, every line that changes, every count."""

import re
import time
from collections.abc import Callable, Iterable, Iterator

from privaudit.model.ownership import TreeCensus
from privaudit.model.plan import DamagedRecord, FixOutcome, FixRecord, FixState, FixStatus, NoPlan, Plan
from privaudit.model.steps import GiveTrees, WriteFile
from privaudit.report.plain import plain


class Verbatim(str):
    """A line that stays one line however narrow the terminal is: of a file, a log, a table."""

    __slots__ = ()


_LEAD = re.compile(r" *(?:[0-9]+\. )?")
"""What stands before a line's own words: the lines that it is broken into begin below them."""

Names = Callable[[int], str]
"""A uid as people know it: `joe`, `uid 1000`."""


def plan_lines(plan: Plan, names: Names) -> Iterator[str]:
    """Say what would be done, whole."""
    now = plan.replaces or plan.service
    who = f"{now} runs as {plan.former}" if plan.was_running else f"{now} does not run"
    stays = plan.was_running and plan.former == plan.account
    yield f"{who}, and its own is given back to it." if stays else f"{who}; it will run as {plan.account}."
    if plan.mends:
        yield f"That mends: {', '.join(sorted({rule for rule, _ in plan.mends}))}."
    yield ""
    census = {tree.tree.path: tree for tree in plan.census}
    for number, step in enumerate(plan.steps, 1):
        yield f"{number:3}. {step.says}"
        if isinstance(step, GiveTrees):
            for tree in step.ownership.trees:
                if tree.path in census:
                    yield from _tree(census[tree.path], names)
        if isinstance(step, WriteFile):
            yield from (Verbatim(f"       {line}") for line in _diff(step))
    yield ""
    for note in plan.notes:
        yield f"Note: {note}."
    yield "If a step fails, everything is put back and the service runs as before."
    yield f"To take it back later: privaudit undo {plan.name}"


def _tree(census: TreeCensus, names: Names) -> Iterator[str]:
    tree = census.tree
    yield (
        f"       {census.path}: {census.to_change} of {census.entries} entries go "
        f"from {names(tree.from_uid)} to {names(tree.to_uid)}"
    )
    others: dict[int, int] = {}
    for row in census.rows:
        if row.uid != tree.from_uid:
            others[row.uid] = others.get(row.uid, 0) + row.count
    for uid, count in sorted(others.items()):
        what = "1 entry stays" if count == 1 else f"{count} entries stay"
        yield f"       {what} with {names(uid)}"
    for count, what in (
        (census.set_id, "files lose their set-id bits"),
        (census.capabilities, "files lose their capabilities"),
        (census.acls, "entries lose their access control list"),
    ):
        if count:
            yield f"       {count} {what} (undo brings them back)"
    for link in census.links_out:
        yield f"       leads out, its target is not touched: {link}"


def _diff(step: WriteFile) -> Iterable[str]:
    import difflib

    was = [] if step.was is None else step.was.expandtabs(4).splitlines()
    source = "/dev/null" if step.was is None else step.path
    return difflib.unified_diff(was, step.text.expandtabs(4).splitlines(), source, step.path, lineterm="")


def no_plan_lines(found: NoPlan) -> Iterator[str]:
    """Say why nothing is done."""
    if not found.refusals:
        yield f"{found.service}: nothing to do"
    for refusal in found.refusals:
        yield refusal.says
        yield f"  {refusal.todo}"
    for candidate in found.candidates:
        yield f"  {candidate}"


def outcome_lines(outcome: FixOutcome, done: str) -> Iterator[str]:
    """Say how it ended; done: what to say if all went well."""
    if outcome.status is FixStatus.DONE:
        yield done
    elif outcome.status is FixStatus.NOTHING:
        yield "nothing to do"
    else:
        yield f"{'refused' if outcome.status is FixStatus.REFUSED else 'failed'}: {outcome.reason}"
        yield from (Verbatim(f"  log: {line}") for line in outcome.log)
    if outcome.status is FixStatus.PUT_BACK:
        yield "everything is as it was before"
    yield from (f"note: {note}" for note in outcome.notes)
    if outcome.status is FixStatus.LEFT_OPEN:
        yield "not everything is back:"
        yield from (f"  {left}" for left in outcome.left)
        yield f"  when that is mended: privaudit undo {outcome.fix}"


def history_lines(records: Iterable[FixRecord]) -> Iterator[str]:
    """One line a fix, the oldest first."""
    for record in records:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.at))
        state = _STATES[record.state]
        why = f": {record.reason}" if record.reason and record.state is not FixState.DONE else ""
        yield Verbatim(
            f"{record.id:20} {at}  {record.service}  {record.former} -> {record.account}  {state}{why}"
        )


def damaged_lines(damaged: Iterable[DamagedRecord]) -> Iterator[str]:
    """Say which records cannot be read any more, and what to do."""
    for each in damaged:
        what = "may be half done" if each.open else "had ended"
        yield f"{each.id}: the record of this fix is damaged, and the fix {what}: {each.reason}"
        yield "  look at it, and move it away if nothing of it is half done"


_STATES = {
    FixState.DOING: "cut short (privaudit undo puts it back)",
    FixState.DONE: "done",
    FixState.UNDOING: "not wholly taken back (privaudit undo goes on)",
    FixState.UNDONE: "taken back",
}


def text(lines: Iterable[str], width: int | None = None) -> str:
    """Join lines for a terminal: no control character of a file name or a log ever reaches it.

    width: columns to break long lines at, between words, since paths are copied; None: no line is broken.
    """
    return "".join(f"{row}\n" for line in lines for row in _rows(line, width))


def _rows(line: str, width: int | None) -> list[str]:
    shown = plain(line)
    if width is None or len(shown) <= width or isinstance(line, Verbatim):
        return [shown]
    from textwrap import wrap

    lead = _LEAD.match(shown)
    gap = " " * (lead.end() if lead is not None else 0)
    return wrap(shown, width, subsequent_indent=gap, break_long_words=False, break_on_hyphens=False)
