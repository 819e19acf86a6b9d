"""The HTML report in a real browser: it works, it is accessible, and nothing leaves the file."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from run_values import OPERATION_IDS, contract_report, finding, load_run, stalling

from flowgauge.gates import Evidence, judge, parse_gates
from flowgauge.report import html_report

playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

GATES = parse_gates(
    """
    [[gate]]
    expect = "contract.findings == 0"
    reason = "a promise"
    [[gate]]
    expect = "run.p99 < 250ms"
    [[gate]]
    expect = "all(errors < 0.1%, run_to_terminal.p95 < 2s)"
    [[gate]]
    expect = "contract.fault_score == 100%"
    [[gate]]
    expect = "contract.cases > 0"
    [[gate]]
    expect = "create.p50 < 1us"
    severity = "warn"
    """
)
SCRIPT = "curl 'http://127.0.0.1:1/?a=<b>&c'\n# second line"
HOSTILE = "</script><script>window.owned = 1</script><img src=//127.0.0.1:9/x onerror='window.owned=1'>"
EVIDENCE = Evidence(
    contract_report(
        finding(reproduction=SCRIPT, expected="404 (unknown id)", rule="a promise: #/paths/x"),
        finding(id="FG-201", title=HOSTILE, severity="major", operation="createWorkflow"),
        finding(id="FG-301", title="undeclared key", severity="minor", operation="listFlows", waived="known"),
    ),
    load_run(seconds=20, latency=stalling(), errors=9),
    OPERATION_IDS,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html_report(judge(GATES, EVIDENCE), EVIDENCE), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser, report, request):
    options = getattr(request, "param", {})
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
    opened = context.new_page()
    opened.problems, opened.requests = [], []
    opened.on(
        "console", lambda message: opened.problems.append(message.text) if message.type != "log" else None
    )
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on("request", lambda sent: opened.requests.append(sent.url))
    opened.goto(report)
    yield opened
    context.close()


def test_every_section_is_there_and_nothing_goes_wrong(page, report):
    headings = page.locator("h2").all_inner_texts()
    assert [text.split()[0] for text in headings] == [
        "Gates",
        "Findings",
        "Not",
        "Run",
        "Contract",
        "Environment",
        "Words",
    ]
    assert page.locator("h1").inner_text().startswith("failed")
    assert page.locator("svg.chart").count() >= 8
    assert page.problems == []
    assert page.requests == [report]
    assert page.evaluate("window.owned") is None
    assert page.locator("img").count() == 0


def test_the_first_screen_names_the_broken_promise_and_leads_to_it(page):
    page.set_viewport_size({"width": 1200, "height": 800})
    first = page.locator(".note.first")
    assert first.bounding_box()["y"] < 400
    said = first.inner_text()
    for words in (
        "FG-101 getFlow: expected 404, got 500",
        "Due was 404 (unknown id)",
        "a promise: #/paths/x",
    ):
        assert words in said
    assert "1 more below" in said, "the waived one is not open"
    first.locator("a").click()
    assert page.evaluate("location.hash") == "#finding-1"
    assert page.locator("#finding-1 .body").is_visible()
    assert "errors < 0.1%" in page.locator("p.note.is-failed").inner_text()


def test_a_figure_is_red_only_where_something_is_open_or_its_gate_fails(page, browser, tmp_path):
    assert page.locator(".tiles .is-failed dt").all_inner_texts() == ["findings", "errors", "run p99"]
    clean = Evidence(contract_report(fault_score=1.0), load_run(seconds=12), OPERATION_IDS)
    path = tmp_path / "report.html"
    path.write_text(html_report(judge(GATES, clean), clean), encoding="utf-8")
    page.goto(path.as_uri())
    assert page.locator(".tiles .is-failed, .note.is-failed").count() == 0


def test_a_gate_on_findings_leads_to_them(page):
    row = page.locator("table.gates tr", has_text="contract.findings == 0").first
    row.locator("a").click()
    assert page.evaluate("location.hash") == "#findings"
    assert page.locator("table.gates a").count() == 1


def test_findings_stand_by_operation_with_their_detail_in_sight(page):
    assert page.locator("h3.place code").all_inner_texts() == ["getFlow", "createWorkflow", "listFlows"]
    details = page.locator(".finding summary .said")
    assert all(details.nth(n).is_visible() for n in range(3))
    assert details.first.inner_text() == "expected 404, got 500"


def test_what_was_not_looked_at_stands_above_the_figures(page):
    unseen, load = (page.locator(name).bounding_box()["y"] for name in ("#unseen", "#load"))
    assert unseen < load
    text = page.locator("#unseen").inner_text()
    assert "FG-408" in text
    assert "expired_token" in text


def test_every_axis_has_a_title(page):
    titles = page.locator("svg.chart text.axis").all_text_contents()
    charts = page.locator("svg.chart").count()
    assert len(titles) >= 2 * charts
    assert {"duration", "percentile (%)", "since the load began", "per second", "answers"} == set(titles)


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    words = HOSTILE + "\u202e\x00\x1b[2J" + "L" * 4096
    evidence = Evidence(
        contract_report(finding(title=words, detail=words, operation=words, reproduction=words, id=words)),
        replace(load_run(seconds=3, errors=3), stopped_because=words),
        OPERATION_IDS,
        missing=(words,),
    )
    operations = tuple(replace(op, errors={words: 3}) for op in evidence.load.operations)
    evidence = replace(evidence, load=replace(evidence.load, operations=operations))
    everything = ", ".join(f"run.p{percent} < 1s" for percent in range(60, 90))
    gates = [*GATES, *parse_gates(f"[[gate]]\nexpect = 'all({everything})'\nname = '{'W' * 999}'")]
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    path.write_text(html_report(judge(gates, evidence), evidence), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [360, 1280])
def test_endless_words_come_alive_nowhere_and_push_nothing_out_of_sight(page, hostile_report, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(hostile_report)
    assert page.problems == []
    assert page.evaluate("window.owned") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    gates = page.locator("#gates .scroll")
    assert gates.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    tallest = "Math.max(...Array.from(document.querySelectorAll('.detail, pre'), each => each.offsetHeight))"
    assert page.evaluate(tallest) <= 360


def column(page, table, number):
    return page.locator(f"{table} tbody tr:not(.part) > :nth-child({number})").all_inner_texts()


def test_tables_sort_by_the_heading_that_is_pressed(page):
    cases = "table.matrix"
    names = column(page, cases, 1)
    button = page.locator(f"{cases} thead button").first
    button.click()
    assert column(page, cases, 1) == sorted(names, key=str.lower)
    assert page.locator(f"{cases} th[aria-sort=ascending]").count() == 1
    button.click()
    assert column(page, cases, 1) == sorted(names, key=str.lower, reverse=True)
    assert "descending" in page.locator("#said").inner_text()


def test_numbers_sort_as_numbers(page):
    page.locator("#load table thead button", has_text="Count").first.click()
    counts = [int(text.replace(",", "")) for text in column(page, "#load table[data-sortable]", 2)]
    assert counts == sorted(counts)
    assert len(counts) > 5


def test_the_parts_of_a_combined_gate_stay_below_it(page):
    for _ in range(2):
        page.locator("table.gates thead button", has_text="Verdict").click()
        rows = page.locator("table.gates tbody tr")
        kinds = [rows.nth(n).get_attribute("class") or "" for n in range(rows.count())]
        first = kinds.index("part")
        assert kinds[first : first + 2] == ["part", "part"]
        assert "all(" in rows.nth(first - 1).inner_text()


def test_findings_are_filtered_by_any_text(page):
    page.locator("#filter").fill("undeclared")
    assert page.locator(".finding:visible").count() == 1
    assert page.locator("[data-shown]").inner_text() == "1 of 3"
    page.locator("#filter").fill("")
    assert page.locator(".finding:visible").count() == 3


def test_the_matrix_can_show_only_operations_with_findings(page):
    page.locator("input[data-only]").check()
    assert page.locator("table.matrix tbody tr:visible").count() == 2


@pytest.mark.parametrize(("media", "width"), [("screen", 400), ("screen", 1200), ("print", 720)])
def test_an_operation_with_many_findings_leaves_room_for_the_rest_of_its_row(browser, media, width):
    many = (finding(id=f"FG-{number}", detail=str(again)) for number in range(101, 113) for again in "ab")
    evidence = replace(EVIDENCE, contract=contract_report(*many))
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.emulate_media(media=media)
    page.set_content(html_report(judge(GATES, evidence), evidence))
    row = page.locator("table.matrix tbody tr", has_text="getFlow")
    assert row.locator(".badge").count() == 12, "each class once"
    assert row.locator(".checks").bounding_box()["width"] > 150
    assert row.locator("th").bounding_box()["width"] > 100
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_button_copies_the_reproduction(page):
    page.locator("button.copy").first.click()
    page.locator("button.copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == SCRIPT
    page.locator("#finding-1 button[data-copy=commands-1]").click()
    page.locator("#finding-1 button[data-copy=commands-1]", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").splitlines()[0] == "flowgauge explain FG-101"


def test_pointing_at_a_chart_shows_its_figures(page):
    box = page.locator(".timeline:visible").first
    box.scroll_into_view_if_needed()
    box.hover()
    tip = box.locator(".tip")
    assert tip.is_visible()
    assert "p99" in tip.inner_text()


def test_a_keyboard_reaches_everything(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "BUTTON", "SUMMARY", "INPUT", "PRE", "DIV"} <= seen
    summary = page.locator("#finding-3 summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#finding-3 .body").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(contract_report(fault_score=1.0), load_run(seconds=12), OPERATION_IDS),
        Evidence(contract_report(), load_run(seconds=2, invalid=("late",)), OPERATION_IDS),
        Evidence(None, None, OPERATION_IDS, missing=("no files",)),
    ],
    ids=["passed", "invalid", "nothing"],
)
def test_axe_finds_nothing_whatever_the_verdict(browser, tmp_path, evidence, scheme):
    path = tmp_path / "report.html"
    path.write_text(html_report(judge(GATES, evidence), evidence), encoding="utf-8")
    opened = browser.new_page(color_scheme=scheme)
    opened.goto(path.as_uri())
    found = axe.Axe().run(opened).response["violations"]
    opened.close()
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []


SCHEMES = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 390, "height": 800}}, id="phone"),
]


@pytest.mark.parametrize("page", SCHEMES, indirect=True)
def test_axe_finds_no_violation(page):
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []


@pytest.mark.parametrize(
    "page", [pytest.param({"viewport": {"width": 360, "height": 740}}, id="phone")], indirect=True
)
def test_a_phone_does_not_scroll_sideways(page):
    table = page.locator("#contract .scroll")
    assert table.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(
    "page", [pytest.param({"java_script_enabled": False}, id="no script")], indirect=True
)
def test_without_script_everything_can_be_read(page):
    assert page.locator("button:visible, input:visible").count() == 0
    assert page.locator(".finding").count() == 3
    page.locator("#finding-3 summary").click()
    assert page.locator("#finding-3 .body").is_visible()
    assert page.locator("svg.chart").first.is_visible()


def test_paper_gets_every_finding_in_full(page):
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".finding .body:visible").count() == 3
    assert page.locator("nav:visible, button.copy:visible").count() == 0
    assert len(page.pdf()) > 10_000
