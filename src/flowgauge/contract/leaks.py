"""What servers say of themselves when something broke inside."""

import re
from urllib.parse import unquote

from flowgauge.results import Request

__all__ = ["leak"]

_SIGNS = (
    # Stack traces and run-time errors, by language.
    r"Traceback \(most recent call last\)",
    r'File "[^"]+", line \d+',
    r"\b\w+(?:\.\w+)*(?:Exception|Error): ",
    r"\b(?:[a-z]\w*\.){2,}\w*(?:Exception|Error)\b",
    r"\((?:\w+\.)*\w*(?:Error|Exception)\)",
    r"\bNoMethodError\b|undefined method|object has no attribute|NoneType",
    r"goroutine \d+|panic:|runtime error|nil pointer|interface conversion|Go struct field",
    r"json: cannot unmarshal|\bstrconv\.|invalid UUID (?:length|format)|invalid syntax$",
    r"\bat [\w.$<>]+ ?\([^)]*\)|Exception in thread|Object reference not set|panicked at",
    r"Cannot read propert|is not a function|undefined is not an object|in JSON at position",
    r"Fatal error: |Uncaught |Undefined (?:index|variable|array key)|\bon line \d+",
    r"Segmentation fault|core dumped|\b0x[0-9a-f]{8,}\b",
    r"\b\w+\.(?:go|py|java|rs|rb|js|ts|php|cs|kt|ex|c|cpp):(?:line )?\d+",
    # Data bases and brokers.
    r"\bsql:|SQLSTATE|\bpq:|\bpgx\b|\bORA-\d{5}|SQL syntax|syntax error at or near|no such table|sqlite3?\b",
    r'\brelation "[^"]*"|duplicate key|no rows in result set|violates .*constraint|invalid input syntax for',
    r"\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE\b.+\bSET\b",
    r"\bE11000\b|\bWRONGTYPE\b|rpc error: code",
    # Paths, addresses and secrets.
    r"(?:/usr|/home|/root|/var|/opt|/app|/go|/src|/srv|/tmp|/etc|/data|/mnt|/proc|/Users|/workspace)/[\w./-]+",
    r"\b[A-Z]:\\\w",
    r"ECONNREFUSED|connection refused|dial tcp",
    r"\b(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}:\d+",
    r"\b[a-z][a-z0-9+]*://[^\s/@]+:[^\s/@]+@|(?i:\b\w*(?:passw(?:or)?d|secret)\w*\s*=)",
)
_LEAK = re.compile("|".join(f"(?:{sign})" for sign in _SIGNS), re.MULTILINE)
# Their values are paths or URLs by nature.
_ADDRESSES = {"set-cookie", "location", "content-location", "link", "content-security-policy", "report-to"}


def leak(message: str, headers: tuple[tuple[str, str], ...], request: Request) -> str | None:
    """What an error's message or headers tell of the inside, or None.

    What the client has sent itself is nothing new to it, so an error may repeat it.
    """
    sent = unquote(request.target) + (request.body or b"").decode("utf-8", errors="replace")
    texts = [("the message", message)]
    texts += [(f"the header {name}", value) for name, value in headers if name.lower() not in _ADDRESSES]
    for where, text in texts:
        for match in _LEAK.finditer(text):
            if match[0] not in sent:
                return f"{where} shows {match[0]!r}"
    return None
