"""What may leave a conversation with a vendor: any text → the text without secrets; an error body → one line of the vendor's words.

Importing this masks the HTTP library's debug log, which names every path with its query.
"""

import json
import logging
import re
from typing import Any

_SECRET_PARAMETER = re.compile(
    r"(?i)(?<![a-z])((?:access_?token|refresh_?token|id_token|token|api_?key|key|client_?secret|secret|password|signature|sig)(?:=|%3D))"
    r"[^&\s\"'<>#]+"
)
_SECRET_JSON = re.compile(r'(?i)("(?:(?:access|refresh|id)_?token|token|\w*secret|password|api_?key)"\s*:\s*")[^"]+')
_USER_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}")


def mask(text: str) -> str:
    """The text without what looks like a token: `access_token=...` and its kin, JSON token fields, Authorization values."""
    text = _SECRET_PARAMETER.sub(r"\1***", text)
    text = _SECRET_JSON.sub(r"\1***", text)
    text = _USER_IN_ADDRESS.sub("***@", text)
    return _SECRET_HEADER.sub(r"\1 ***", text)


def vendor_body(content: bytes) -> Any:
    """What an error answer says: parsed if it is JSON, else the beginning of its text."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content[:4000].decode("utf-8", "replace")


def vendor_message(body: Any) -> str:
    """The vendor's own words in one line of at most 300 characters, wherever vendors put them."""
    return " ".join(re.sub(r"<[^>]*>", " ", _find_message(body)).split())[:300]


def _find_message(body: Any, depth: int = 0) -> str:
    if isinstance(body, str):
        return body
    if not isinstance(body, dict) or depth > 4:
        return ""
    words = [str(body[key]) for key in ("code", "status") if isinstance(body.get(key), str)]
    for key in ("errorMessage", "error_description", "description", "message", "Message", "detail", "title"):
        if isinstance(body.get(key), str):
            return ": ".join([*words, body[key]])
    for key in ("error", "errors", "D", "d"):
        inner = body.get(key)
        if isinstance(inner, list):
            inner = next(iter(inner), None)
        if inner:
            return _find_message(inner, depth + 1)
    return ": ".join(words)


class _MaskingFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(mask(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_MaskingFilter())
