"""Files that systemd opens, as root, for what a service prints."""

import re
from collections.abc import Iterator

from privaudit.collect.systemd.query import OUTPUTS, TO_FILES
from privaudit.collect.systemd.syntax import SyntaxFailure, assignments
from privaudit.host import Host, HostError
from privaudit.model.definition import Definition


def outputs(host: Host, definition: Definition) -> Iterator[str]:
    """Files that systemd opens for what a service prints: before it changes ids, whoever the service is.

    A manager shows the kind of output without the path (systemd.exec(5), StandardOutput=): its files say it.
    """
    name, dot, ending = definition.id.rpartition(".")
    prefix, _, instance = name.partition("@")
    known = {"%%": "%", "%n": f"{name}{dot}{ending}", "%N": name, "%p": prefix, "%i": instance}
    for key, kind in definition.extra:
        if key not in OUTPUTS or kind not in TO_FILES:
            continue
        path = ""
        for file in (definition.path, *definition.drop_ins):
            try:
                settings = list(assignments(host.read(file))) if file is not None else []
            except (HostError, SyntaxFailure):
                continue  # whoever judges the file says what is wrong with it
            for each in settings:
                if (each.section, each.key) == ("Service", key):
                    path = each.value.partition(":")[2]
        path = re.sub("%.", lambda found: known.get(found.group(), found.group()), path)
        if path.startswith("/") and "%" not in path:
            yield path
