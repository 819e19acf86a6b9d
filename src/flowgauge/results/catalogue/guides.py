"""What each class of defects means to a client, how it looks, and how it is mended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

__all__ = ["GUIDES", "Guide"]


@dataclass(frozen=True, slots=True)
class Guide:
    """Help with one class of defects: what it does to a client, how it looks, where to look for the cure.

    `exchanges` are requests and answers that show it, a line for each.
    """

    meaning: str
    example: str
    cure: str
    exchanges: str = ""

    def showing(self, exchanges: str) -> "Guide":
        """A guide like this one, with those exchanges."""
        return replace(self, exchanges=exchanges)


GUIDES: Mapping[str, Guide] = {
    "FG-100": Guide(
        "No answer came. A client cannot tell whether its request was carried out.",
        "A request with a body of 1 MiB, and the connection is reset.",
        "Look for a crash or a proxy's limit at that moment in the log; refuse with a status instead.",
    ),
    "FG-101": Guide(
        "A request that the server should have served or refused met an error that nobody handled.",
        "GET of an id that does not exist, answered with 500 in place of 404.",
        "Find the request in the server's log; turn the error into the 4xx that fits, or mend what it shows.",
    ),
    "FG-102": Guide(
        "A client made from the document has no branch for this status, or takes it for something else.",
        "201 where the document declares 202; 200 to a request that is not allowed.",
        "Answer with the declared status, or declare the one that is answered.",
    ),
    "FG-103": Guide(
        "Clients choose how to read a body by its media type, and refuse to read what they do not expect.",
        "A JSON body that calls itself text/plain.",
        "Set Content-Type to what the document declares, for errors too; a proxy's own error pages count.",
    ),
    "FG-104": Guide(
        "Strict readers refuse a body with a name twice, NaN, a lone surrogate or bytes that are no UTF-8.",
        '{"id": 1, "id": 2}',
        "Write bodies with a JSON encoder, never by hand, and let it refuse what JSON cannot hold.",
    ),
    "FG-105": Guide(
        "A typed client fails as it reads the body, or reads something else than was meant.",
        "A required member is missing; a date-time is a number; null where the schema has none.",
        "The detail names the place. Mend the encoder, or the schema where the answer is what you want.",
    ),
    "FG-106": Guide(
        "Clients come to depend on members that nobody promised, and closed readers refuse them.",
        'An error body with a "stack" beside the members of its schema.',
        "Leave the member out, or declare it.",
    ),
    "FG-107": Guide(
        "A client, or a proxy, cannot learn which methods there are.",
        "PATCH is answered with 405, and no Allow header comes with it.",
        "Send Allow with every 405: the methods of that path, with commas between.",
    ),
    "FG-108": Guide(
        "A client cannot learn how to authenticate, and many libraries then do not try.",
        "401 without WWW-Authenticate.",
        "Send `WWW-Authenticate: Bearer` with every 401; gateways often need a setting for it.",
    ),
    "FG-109": Guide(
        "Whoever sends odd requests learns how the server is made: its paths, queries, addresses.",
        "An error message that holds a stack trace, an SQL statement or a file of the server.",
        "Log the cause, and answer with a sentence of your own.",
    ),
    "FG-110": Guide(
        "Caches and clients that ask with HEAD first get another answer than GET gives.",
        "HEAD answered with 404 or 405 where GET is answered with 200.",
        "Route HEAD to GET's handler and leave the body out.",
    ),
    "FG-111": Guide(
        "The bytes of a body that must not be there are read as the beginning of the next answer.",
        "204 with a JSON body.",
        "Write no body with 204 and 304, nor to HEAD.",
    ),
    "FG-112": Guide(
        "Two servers that read one message differently can be played off against each other: what the first "
        "lets through the second takes for something else (request smuggling, poisoned caches).",
        "A request with two Content-Lengths, or a blank before the colon of a header, answered with 200; "
        "a Content-Length believed beside Transfer-Encoding; chunks sent to a client of HTTP/1.0.",
        "Use an HTTP library that is strict about RFC 9112, and switch its lenient mode off.",
    ),
    "FG-190": Guide(
        "A check of Schemathesis failed that has no class of its own here.",
        "The detail names the check.",
        "Schemathesis' documentation says what the check holds a server to.",
    ),
    "FG-201": Guide(
        "What a client stored is not what it gets back: data is lost or changed on the way.",
        "A number comes back rounded, a text without its blanks, a list in another order.",
        "Follow the value from the request to the store and back; the detail names the member.",
    ),
    "FG-202": Guide(
        "A client that lists does not see what it has just made.",
        "A thing is acknowledged and read by its id, and no page of the list holds it.",
        "Look at the list's query, its filters and its cache.",
    ),
    "FG-203": Guide(
        "A client that acts on each item of a list acts twice.",
        "One id stands two times on one page.",
        "Look for a join that doubles rows, and for pages that overlap.",
    ),
    "FG-204": Guide(
        "Every id seems to exist: a client cannot tell a typing error from success.",
        "GET of an id that was never given out, answered with 200.",
        "Answer 404 where nothing is found, also for ids that are no legal ones.",
    ),
    "FG-205": Guide(
        "The parent in the path is not looked at: whoever may see one parent sees the things of all.",
        "GET /parents/B/things/X finds X, which was made below A.",
        "Select by both ids.",
    ),
    "FG-206": Guide(
        "A thing points at a parent that it does not belong to.",
        "Made below A, it names B.",
        "Store the parent with the thing, and answer with what was stored.",
    ),
    "FG-207": Guide(
        "Two things share one id: reading either returns only one of them.",
        "Two creations are acknowledged with one id.",
        "Draw ids from a source that gives none twice, and let the store refuse a second.",
    ),
    "FG-208": Guide(
        "A list shows a thing that no one made, such as one of a request that was refused.",
        "An item with an id that no answer has ever held.",
        "Undo what a request has begun when it is refused; look for rows of other tenants.",
    ),
    "FG-209": Guide(
        "The server said that it had done it, and it has not.",
        "201 with an id, and a read of that id is answered with 404.",
        "Acknowledge after the write is durable, and read from where it was written.",
    ),
    "FG-210": Guide(
        "Legal requests of clients fail.",
        "400 to a body that its schema allows.",
        "Accept it, or say in the schema what the server demands.",
    ),
    "FG-211": Guide(
        "What a client got wrong is not told, and is guessed at or ignored.",
        "A text where a number is required, answered with success.",
        "Validate against the schema before anything is done.",
    ),
    "FG-212": Guide(
        "What a client deleted can still be read, changed or run.",
        "DELETE is acknowledged, and GET still answers 200.",
        "Delete, or mark and leave out, wherever things are read; look at caches.",
    ),
    "FG-301": Guide(
        "Durations that a client computes come out negative.",
        "Something ended before it began.",
        "Take both times from one clock, the earlier one first.",
    ),
    "FG-302": Guide(
        "A moment in the past moves, so that two readers do not see one history.",
        "The time of creation changes with each read.",
        "Store the time when it happens, and answer with what was stored.",
    ),
    "FG-303": Guide(
        "Times cannot be compared with those of anybody else.",
        "A thing that was made now was made in 1970, or tomorrow.",
        "Synchronise the server's clock (`flowgauge doctor --url URL` compares it); look at time zones.",
    ),
    "FG-501": Guide(
        "A client that trusts one member stops too early, and one that trusts the other never does.",
        "A page says that there is more, and names no next page.",
        "Derive all members of a page from one fact.",
    ),
    "FG-502": Guide(
        "A client that prepared for so many items gets more, or is told another size than it got.",
        "A page of 20 items was asked for 15.",
        "Bound the query by the size that was asked for, and answer with that size.",
    ),
    "FG-503": Guide(
        "A client that shows the first page does not show the newest.",
        "An older item stands before a newer one.",
        "Order by time of creation, descending, with the id to break ties.",
    ),
    "FG-504": Guide(
        "A client that reads all pages fails, or never ends.",
        "The next page is the same one again, or is answered with an error.",
        "Let each page's link name where the next one begins, and the last one name none.",
    ),
    "FG-505": Guide(
        "A client that reads all pages misses items or has some twice.",
        "An item stands on two pages, since one was added in between.",
        "Page by a key (created before X), not by counting.",
    ),
    "FG-506": Guide(
        "A client that asks for a part of a list works on what it never asked for.",
        "Asked for what is below one thing, the list holds more; or its second page forgets the filter.",
        "Apply the filter in the query itself, and carry it in the cursor.",
    ),
    "FG-601": Guide(
        "Anybody can call the operation.",
        "No token, or one that has ended, and the answer is a success.",
        "Check the token before the handler, on every route; test each with no token at all.",
    ),
    "FG-602": Guide(
        "Clients with a legal token are locked out.",
        "`bearer` in lower case is refused, though the scheme's case does not count.",
        "Compare the scheme without regard to case, and allow what RFC 6750 allows.",
    ),
    "FG-701": Guide(
        "Calls at one time give answers that no order of them explains: clients see states that never were.",
        "A thing that was read after it had been acknowledged is not there in a later read.",
        "Read from where is written, or make the write visible everywhere before it is acknowledged.",
    ),
    "FG-702": Guide(
        "Under concurrency some writes are lost, done twice, or answered with another's result.",
        "20 creations at a time, all acknowledged, and 19 things.",
        "Look for state that requests share without a lock, and for read-change-write without a transaction.",
    ),
    "FG-801": Guide(
        "Some calls take far longer than others, for no reason that a client can see.",
        "Most answers in 5 ms, one in a hundred in 2 s.",
        "Look at pauses, locks and cold caches; set your own limit with --tail.",
    ),
    "FG-802": Guide(
        "The more is stored, the slower it gets: it will not hold for long.",
        "A read by id takes longer after 256 creations than after 10.",
        "Look for a scan where an index belongs.",
    ),
    "FG-901": Guide(
        "What was accepted until a date is past that date.",
        "expires = 2026-01-31, and it is February.",
        "Mend the finding, or accept it again with a new date and a reason.",
    ),
    "FG-902": Guide(
        "A waiver is of something that is not there any more, and would hide it if it came back.",
        "The finding was mended and its waiver left.",
        "Delete the entry from contracts/waivers.toml.",
    ),
    "FG-1001": Guide(
        "Under load the server acknowledges and forgets.",
        "A creation is answered with success, and at the end of the load it is not found.",
        "Look for queues that drop, writes that are not awaited, and instances that do not share a store.",
    ),
    "FG-1002": Guide(
        "Under load one request does its work twice.",
        "One request, and two things with what it asked for.",
        "Look for retries inside the server, and for deliveries that are not made idempotent.",
    ),
    "FG-1003": Guide(
        "Work that was begun never ends.",
        "Everything that it consists of is done, and it is still going long after the load.",
        "Look for lost wake-ups and for workers that died with work in hand.",
    ),
    "FG-1004": Guide(
        "What is over does not show all that was done.",
        "Two steps ran, and one is shown.",
        "Write what is shown in the transaction that ends it.",
    ),
    "FG-1005": Guide(
        "Answers lose their shape under load.",
        "A member is missing while the server is busy.",
        "Look for answers that are built from state that changes meanwhile.",
    ),
}
"""By the id of the class."""
