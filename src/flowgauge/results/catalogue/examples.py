"""A request and an answer that show each class of defects, as they would go over the wire.

`>` is what a client sends, `<` what comes back; what is not told of a message is as it should be. The paths
are nobody's.
"""

from collections.abc import Mapping

__all__ = ["EXCHANGES"]

EXCHANGES: Mapping[str, str] = {
    "FG-100": """\
> POST /things {"name": "aaaa... (1 MiB)"}
< (the connection is reset)""",
    "FG-101": """\
> GET /things/nobody
< 500 {"error": "internal error"}""",
    "FG-102": """\
> POST /things {"name": "tea"}
< 201 {"id": "7", "name": "tea"}        the document declares 202""",
    "FG-103": """\
> GET /things/7
< 200 Content-Type: text/plain
<     {"id": "7", "name": "tea"}""",
    "FG-104": """\
> GET /things/7
< 200 {"id": "7", "id": "8", "price": NaN}""",
    "FG-105": """\
> GET /things/7
< 200 {"id": 7}        id is declared as a string, and name is required""",
    "FG-106": """\
> GET /things/nobody
< 404 {"error": "not found", "stack": "..."}        stack is not declared""",
    "FG-107": """\
> PATCH /things
< 405        and no Allow: GET, POST""",
    "FG-108": """\
> GET /things        without Authorization
< 401 {"error": "who are you?"}        and no WWW-Authenticate: Bearer""",
    "FG-109": """\
> GET /things/%00
< 400 {"error": "SELECT * FROM things WHERE id = '\\u0000': invalid byte (store.go:71)"}""",
    "FG-110": """\
> GET /things/7
< 200 {"id": "7", "name": "tea"}
> HEAD /things/7
< 405""",
    "FG-111": """\
> DELETE /things/7
< 204 {"deleted": true}""",
    "FG-112": """\
> POST /things
>     Content-Length: 3
>     Content-Length: 17
< 201 {"id": "7", "name": "tea"}        two lengths are to be refused with 400""",
    "FG-190": """\
> GET /things/7
< 200 {"id": "7", "name": "tea"}        and a check of Schemathesis says what is wrong with it""",
    "FG-201": """\
> POST /things {"name": " tea ", "price": 9007199254740993}
< 201 {"id": "7", "name": " tea ", "price": 9007199254740993}
> GET /things/7
< 200 {"id": "7", "name": "tea", "price": 9007199254740992}""",
    "FG-202": """\
> POST /things {"name": "tea"}
< 201 {"id": "7", "name": "tea"}
> GET /things
< 200 [{"id": "6", "name": "milk"}]""",
    "FG-203": """\
> GET /things
< 200 [{"id": "7", "name": "tea"}, {"id": "6", "name": "milk"}, {"id": "7", "name": "tea"}]""",
    "FG-204": """\
> GET /things/nobody
< 200 {"id": "nobody", "name": ""}""",
    "FG-205": """\
> POST /parents/A/things
< 201 {"id": "7", "parent": "A"}
> GET /parents/B/things/7
< 200 {"id": "7", "parent": "A"}""",
    "FG-206": """\
> POST /parents/A/things
< 201 {"id": "7", "parent": "B"}""",
    "FG-207": """\
> POST /things {"name": "tea"}
< 201 {"id": "7", "name": "tea"}
> POST /things {"name": "milk"}
< 201 {"id": "7", "name": "milk"}""",
    "FG-208": """\
> POST /things {"name": 1}
< 400 {"error": "name is not a string"}
> GET /things
< 200 [{"id": "8", "name": ""}]""",
    "FG-209": """\
> POST /things {"name": "tea"}
< 201 {"id": "7", "name": "tea"}
> GET /things/7
< 404 {"error": "not found"}""",
    "FG-210": """\
> POST /things {"name": "t\u00e9"}
< 400 {"error": "ASCII only"}        the schema allows any string""",
    "FG-211": """\
> POST /things {"name": "tea", "price": "cheap"}
< 201 {"id": "7", "name": "tea", "price": 0}        price is declared as a number""",
    "FG-212": """\
> DELETE /things/7
< 204
> GET /things/7
< 200 {"id": "7", "name": "tea"}""",
    "FG-301": """\
> GET /things/7
< 200 {"id": "7", "begun": "2026-01-01T10:00:05Z", "ended": "2026-01-01T10:00:01Z"}""",
    "FG-302": """\
> GET /things/7
< 200 {"id": "7", "made": "2026-01-01T10:00:00Z"}
> GET /things/7
< 200 {"id": "7", "made": "2026-01-01T10:00:03Z"}""",
    "FG-303": """\
> POST /things {"name": "tea"}        on 2026-01-01
< 201 {"id": "7", "made": "1970-01-01T00:00:00Z"}""",
    "FG-501": """\
> GET /things?size=2
< 200 {"more": true, "data": [{"id": "7"}, {"id": "6"}]}        and no next""",
    "FG-502": """\
> GET /things?size=2
< 200 {"size": 2, "data": [{"id": "7"}, {"id": "6"}, {"id": "5"}]}""",
    "FG-503": """\
> GET /things
< 200 [{"id": "6", "made": "2026-01-01T10:00:00Z"}, {"id": "7", "made": "2026-01-01T10:00:05Z"}]""",
    "FG-504": """\
> GET /things?cursor=b
< 200 {"next": "b", "data": [{"id": "5"}]}        the next page is this one""",
    "FG-505": """\
> GET /things?size=2
< 200 {"next": "b", "data": [{"id": "7"}, {"id": "6"}]}
> GET /things?cursor=b
< 200 {"data": [{"id": "6"}, {"id": "5"}]}""",
    "FG-506": """\
> GET /things?parent=A
< 200 [{"id": "7", "parent": "A"}, {"id": "6", "parent": "B"}]""",
    "FG-601": """\
> GET /things        without Authorization
< 200 [{"id": "7", "name": "tea"}]""",
    "FG-602": """\
> GET /things
>     Authorization: bearer $FLOWGAUGE_TOKEN
< 401 {"error": "scheme"}        the scheme's case does not count""",
    "FG-701": """\
> POST /things {"name": "tea"}        A
> GET /things/7                       B, while A is under way
< 200 {"id": "7", "name": "tea"}      to B
> GET /things/7                       C, after B
< 404 {"error": "not found"}          to C""",
    "FG-702": """\
> POST /things {"name": "n"}        20 times at once
< 201        20 times
> GET /things
< 200        with 19 of them""",
    "FG-801": """\
> GET /things/7        1000 times
< 200        990 after 5 ms, 10 after 2 s""",
    "FG-802": """\
> GET /things/7        with 10 things in the store
< 200        after 2 ms
> GET /things/7        with 256 things in the store
< 200        after 50 ms""",
    "FG-901": """\
[[waiver]]
finding = "FG-107"
reason = "the gateway cannot do it"
expires = 2026-01-31        and it is February""",
    "FG-902": """\
[[waiver]]
finding = "FG-107"        and no run finds it any more
reason = "the gateway cannot do it"
expires = 2026-12-31""",
    "FG-1001": """\
> POST /things {"name": "tea"}        one of 200 a second
< 201 {"id": "7", "name": "tea"}
> GET /things/7        at the end of the load
< 404 {"error": "not found"}""",
    "FG-1002": """\
> POST /things {"name": "tea"}        one of 200 a second
< 201 {"id": "7", "name": "tea"}
> GET /things        at the end of the load
< 200 [{"id": "8", "name": "tea"}, {"id": "7", "name": "tea"}]""",
    "FG-1003": """\
> GET /things/7        long after the load
< 200 {"id": "7", "steps": ["done", "done"], "is": "going on"}""",
    "FG-1004": """\
> GET /things/7        of two steps
< 200 {"id": "7", "steps": ["done"], "is": "over"}""",
    "FG-1005": """\
> GET /things/7        one of 200 a second
< 200 {"id": "7"}        name is required""",
}
"""By the id of the class."""
