"""One account, as rules about privileges name it."""

from privaudit.model.account import Password
from privaudit.model.frozen import frozen


@frozen
class Who:
    """Everything by which a rule can mean somebody."""

    uid: int
    names: tuple[str, ...]
    gids: tuple[int, ...]
    groups: tuple[str, ...]
    """Names of the gids that have one."""
    password: Password
