"""What steps share that leave nothing behind: there is nothing to remember and nothing to take back."""

from privaudit.fix.steps import Before, Site


class Looking:
    """Half of a `Doer`; `do` is the other."""

    reverts = False

    def needed(self, step: object, site: Site) -> bool:
        """Always."""
        del step, site
        return True

    def before(self, step: object, site: Site) -> Before:
        """Nothing."""
        del step, site
        return {}

    def undo(self, step: object, before: Before, site: Site) -> tuple[str, ...]:
        """Nothing."""
        del step, before, site
        return ()
