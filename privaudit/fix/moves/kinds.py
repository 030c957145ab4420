"""Which move of the catalogue is carried out by which module."""

from collections.abc import Mapping

from privaudit.fix.moves import Move, directive, drop_in, ownership

MOVES: Mapping[str, Move] = {
    "drop-in": drop_in.change,
    "directive": directive.change,
    "ownership": ownership.change,
}
"""`never` has no module: it is refused with the profile's reason."""
