"""The words of the page that nobody can be expected to know."""

__all__ = ["WORDS"]

WORDS = (
    ("finding", "one cause of wrong answers, at all operations that show it, with the rule that it breaks"),
    ("waived", "known and accepted until a date: reported, and no gate fails for it"),
    (
        "blind check",
        "a class of defects that was not looked for, because no answer showed what it looks at",
    ),
    ("case", "one request of the suites"),
    ("due time", "when the plan says that a request has to leave; latency counts from here"),
    ("latency", "answer minus due time: what a user waits, whatever kept the request from leaving"),
    ("service time", "answer minus sent: what the server took"),
    ("schedule lag", "sent minus due: how late the generator was, which is never the server's fault"),
    ("run to terminal", "from asking for a run until it was seen to be over"),
    ("floor", "from asking until a run was last seen going on: it took no less"),
    ("acknowledged", "answered with a success, so that the server must keep it"),
    ("verified", "acknowledged, and read back at the end of the load"),
    ("validated", "an answer under load that was held against its schema; a sample of all"),
    ("identified", "an answer that names the thing that was made"),
    ("censored", "still going when the load ended: how long it took is not known, and not left out"),
    ("shed", "turned away because the server was busy (429, 503)"),
    ("p99", "99 of 100 took no longer than this"),
    ("invalid", "the generator was unfit, so that the load says nothing of the server"),
)
"""Word and meaning, in the order of the page."""
