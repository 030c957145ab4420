"""Property lists: taken apart, every text and every blob changed, and put together again in the same form."""

from collections.abc import Callable

BINARY = b"bplist"


def rewritten(data: bytes, text: Callable[[str, str], str], blob: Callable[[bytes], bytes]) -> bytes | None:
    """Change texts (given with the key they stand under) and blobs; None: the bytes are no property list."""
    import plistlib
    from xml.parsers.expat import ExpatError

    def changed(value: object, key: str) -> object:
        if isinstance(value, dict):
            return {text(str(name), ""): changed(below, str(name)) for name, below in value.items()}
        if isinstance(value, list):
            return [changed(below, key) for below in value]
        if isinstance(value, bytes):
            return blob(value)
        return text(value, key) if isinstance(value, str) else value

    form = plistlib.FMT_BINARY if data.startswith(BINARY) else plistlib.FMT_XML
    try:
        whole: dict[str, object] = {"whole": changed(plistlib.loads(data), "")}
        return plistlib.dumps(whole["whole"], fmt=form, sort_keys=False, skipkeys=True)  # type: ignore[arg-type]
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, ExpatError):
        return None
