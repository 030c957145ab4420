"""One account, as rules about privileges name it."""

from dataclasses import dataclass

from privaudit.model.account import Password


@dataclass(frozen=True, slots=True)
class Who:
    """Everything by which a rule can mean somebody."""

    uid: int
    names: tuple[str, ...]
    gids: tuple[int, ...]
    groups: tuple[str, ...]
    """Names of the gids that have one."""
    password: Password
