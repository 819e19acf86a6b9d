"""No spelling of a secret stands in what was redacted, and nothing else is touched."""

import base64
import html
import json
import os
import re
import shlex
import string
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowgauge.redaction import Redaction

SECRET = "MARK/Tok+en=7f3a9c~xyz"
# `tox -e redaction` tries more.
CASES = int(os.environ.get("FLOWGAUGE_REDACTION_CASES", "200"))
CARE = settings(max_examples=CASES, deadline=None, derandomize=True, database=None)


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


def _wide_query(text: str) -> str:
    first, second = _halves(text)
    return f"a={quote(first, safe='')}&next={quote(second, safe='')}"


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: f"before {text} behind",
    "in JSON": lambda text: json.dumps({"a": text}),
    "its name in JSON": lambda text: json.dumps({text: 1}),
    "in JSON with slashes": lambda text: json.dumps({"a": text}).replace("/", "\\/"),
    "in JSON, each escaped": lambda text: '"' + "".join(f"\\u{ord(c):04X}" for c in text) + '"',
    "in a query": lambda text: f"/x?a=b&c={quote(text, safe='')}",
    "in a query, each escaped": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "in HTML": lambda text: f"<b title='{html.escape(text)}'>",
    "in HTML, by number": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "in HTML, by hexadecimal number": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "in hexadecimal escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "in octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "in a quoted string": lambda text: '"' + "".join(f"\\{c}" for c in text) + '"',
    "in a shell's quotes": lambda text: f"curl {shlex.quote(text)}",
    "in Python's": repr,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64, behind one byte": lambda text: base64.b64encode(
        b"\xff" + text.encode() + b"\xff\xfe"
    ).decode(),
    "in base64, as a password": lambda text: f"Basic {base64.b64encode(b'me:' + text.encode()).decode()}",
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "in base64, in lines": lambda text: base64.encodebytes(b"-" * 50 + text.encode()).decode(),
    "in hexadecimal digits": lambda text: text.encode().hex(),
    "in UTF-16": lambda text: text.encode("utf-16-le").decode("latin-1"),
    "in characters of a list": lambda text: json.dumps(list(text)),
    "in two members": lambda text: json.dumps(dict(zip(("a", "b"), _halves(text), strict=True)), indent=1),
    "in two members of a query": _wide_query,
    "in two strings": lambda text: " + ".join(json.dumps(half) for half in _halves(text)),
    "with characters of no width": "\u200b".join,
    "without its end": lambda text: f"'{text[:-1]}'",
    "without its beginning": lambda text: f"'{text[1:]}'",
    "in the other case": lambda text: "".join(c.swapcase() if c.isascii() else c for c in text),
}
# Each of these gives away the secret by itself; wrapped once more, they give away the same.
OUTER = [
    name for name in WRAPPINGS if not name.startswith(("in the other", "without", "in two", "in characters"))
]
STRONG = st.text(string.ascii_letters + string.digits + "-._~+/=", min_size=16, max_size=60).filter(
    lambda text: re.search(r"[a-z][0-9]|[0-9][a-z]", text, re.IGNORECASE) is not None
)


def told(text: str, depth: int = 4) -> Iterator[str]:
    """What a patient reader makes of a text."""
    yield text
    if depth == 0:
        return
    inside = {unquote(text), html.unescape(text), "".join(re.findall(r"[^\W_]|[-._~+/=]", text))}
    inside |= {
        re.sub(r"\\(.)", r"\1", text),
        re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text),
    }
    inside.add(
        re.sub(
            r"\\x([0-9a-f]{2})|\\([0-3][0-7]{2})",
            lambda m: chr(int(m[1], 16) if m[1] else int(m[2], 8)),
            text,
        )
    )
    for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        for skipped in range(4):
            piece = run[skipped:].replace("-", "+").replace("_", "/")
            with suppress(ValueError):
                inside.add(base64.b64decode(piece + "=" * (-len(piece) % 4)).decode("latin-1"))
        with suppress(ValueError):
            inside.add(bytes.fromhex(run).decode("latin-1"))
    for each in inside - {text}:
        yield from told(each, depth - 1) if depth > 1 else [each]


@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize("secret", [SECRET, "abcd-1234", "pässwörd €7", "😀 and 12 blanks, {commas}"])
def test_no_spelling_of_a_secret_is_left(name: str, secret: str) -> None:
    redacted = Redaction([("$T", secret)]).of(WRAPPINGS[name](secret))
    assert "$T" in redacted
    assert not any(secret.lower() in each.lower() for each in told(redacted, 2))
    assert not any(piece in redacted for piece in _halves(secret))


@CARE
@given(STRONG, st.sampled_from(OUTER), st.sampled_from(list(WRAPPINGS)), st.booleans())
def test_nor_of_one_spelling_in_another(secret: str, outer: str, inner: str, is_bytes: bool) -> None:
    text = WRAPPINGS[outer](WRAPPINGS[inner](secret))
    redaction = Redaction([("$T", secret)])
    redacted = redaction.of(text.encode()).decode() if is_bytes else redaction.of(text)
    left = [each for each in told(redacted) if secret.lower() in each.lower()]
    assert not left, (text, redacted, left[0])


@settings(CARE, max_examples=CASES // 10)
@given(
    STRONG,
    st.sampled_from(OUTER),
    st.sampled_from(list(WRAPPINGS)),
    st.sampled_from(
        ['{"id": "3f1e6c1e-aaaa"}, ', 'a "\\n\\\\x\\u0041" b, ', "%41&amp; é\n", "plain words; "]
    ),
    st.sampled_from([5_000, 40_000]),
)
def test_nor_amid_long_text(secret: str, outer: str, inner: str, filling: str, before: int) -> None:
    redaction = Redaction([("$T", secret)])
    wrapped = WRAPPINGS[outer](WRAPPINGS[inner](secret))
    alone = redaction.of(wrapped)
    text = (filling * (before // len(filling) + 1))[:before]
    redacted = redaction.of(f"{text}\n|{wrapped}|\n{filling * 99}")
    left = redacted[before - 100 :].partition("|")[2].rpartition("|")[0]
    assert left == alone or not any(secret.lower() in each.lower() for each in told(left))
    assert redacted.startswith(text[: before - 100])


@CARE
@given(st.recursive(st.text() | st.integers(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_what_holds_no_secret_stays_as_it_is(value: object) -> None:
    redaction = Redaction([("$T", SECRET), ("$U", "9d8b2c7e-55aa-4c1f"), ("$S", "s3cr")])
    text = json.dumps(value)
    assume("s3cr" not in text)
    assert redaction.of(text) == text
    assert redaction.of(value) == value


@CARE
@given(st.sampled_from(["in JSON", "in JSON with slashes", "its name in JSON", "in two members"]), STRONG)
def test_what_was_json_is_json_still(name: str, secret: str) -> None:
    odd = json.dumps({"\\": f'\n\\{secret}\\"', "x": [secret, "\\"]})
    for text in (WRAPPINGS[name](secret), odd, json.dumps(odd)):
        json.loads(Redaction([("$T", secret)]).of(text))


@pytest.mark.parametrize("secret", ["a", "test", "data", "Workflow", "12345", "2023", "NOOP"])
def test_an_ordinary_word_stays_where_nothing_says_that_it_is_a_secret(secret: str) -> None:
    redaction = Redaction([("$T", secret)])
    text = json.dumps({secret: f"{secret} and {secret}s", "at": "2023-01-31T10:20:30Z", "n": 12345})
    assert redaction.of(text) == text
    assert redaction.of(f"Authorization: Bearer {secret}") == "Authorization: Bearer $T"
    assert redaction.of(f'{{"token": "{secret}"}}') == '{"token": "$T"}'


@pytest.mark.parametrize("secret", ["s3cret", "t-one", "k9!"])
def test_a_short_secret_is_found_where_it_stands_alone(secret: str) -> None:
    redaction = Redaction([("$T", secret)])
    found = len(secret) > 3
    assert (redaction.of(f'"{secret}"') == '"$T"') is found
    assert redaction.of(f"x{secret}x") == f"x{secret}x"
    assert redaction.of(f"Bearer {secret}") == "Bearer $T"


def test_a_piece_goes_unless_it_is_a_word() -> None:
    redaction = Redaction([("$T", "flowgauge-orchestration-x81k2mz0q7")])
    assert redaction.of("flowgauge/1.0 of the orchestration") == "flowgauge/1.0 of the orchestration"
    assert redaction.of("x81k2mz0 and q7") == "$T and q7"


def test_the_longer_of_two_secrets_wins_and_placeholders_stay() -> None:
    redaction = Redaction([("$SHORT", "abc12345"), ("$LONG", "abc12345-xyz98765"), ("$NONE", "")])
    assert redaction.of(["abc12345-xyz98765", b"abc12345"]) == ["$LONG", b"$SHORT"]
    assert redaction.of({"abc12345": None, "n": 1}) == {"$SHORT": None, "n": 1}


@pytest.mark.parametrize("filling", ['{"id": "3f1e6c1e-aaaa"}, ', "x" * 99, "\\u0041"])
def test_it_is_found_wherever_it_stands_in_long_text(filling: str) -> None:
    redaction, long = Redaction([("$T", SECRET)]), filling * ((1 << 20) // len(filling))
    for before in (5, 20):
        text = long[: (1 << 20) - before] + SECRET + filling
        assert "7f3a9c" not in redaction.of(text)


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    data = bytes(range(256))
    assert Redaction([("$T", SECRET)]).of(data + SECRET.encode()) == data + b"$T"
