"""Leave the summary as a note on the merge request. Standard library only; reads GitLab's own variables."""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

LONGEST = 900_000
"""GitLab refuses notes of more than a million characters."""


def main() -> int:
    """Post the file named on the command line; 0 when it stands there."""
    body = Path(sys.argv[1]).read_text(encoding="utf-8")[:LONGEST]
    project, number = os.environ["CI_PROJECT_ID"], os.environ["CI_MERGE_REQUEST_IID"]
    request = urllib.request.Request(  # noqa: S310  # the address is that of GitLab itself
        f"{os.environ['CI_API_V4_URL']}/projects/{project}/merge_requests/{number}/notes",
        data=json.dumps({"body": body}).encode(),
        headers={
            "Content-Type": "application/json",
            "PRIVATE-TOKEN": os.environ["FLOWGAUGE_COMMENT_TOKEN"],
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            return 0
    except urllib.error.URLError as error:
        print(f"the summary could not be left on the merge request: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
