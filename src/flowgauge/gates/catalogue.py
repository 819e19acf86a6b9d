"""Every measure that there is, by name: what gates are checked against before a run begins.

    <op>.latency.<stat>       answer minus due, of the operation called <op> in the scenario
    <op>.service.<stat>       answer minus sent
    <op>.failed|shed.<stat>   time to fail; time to be turned away with 429 or 503
    <op>.requests|rate        requests sent; a second
    <op>.errors.ratio|count   those that failed
    run_to_terminal.<stat>    run requested until seen over; run_to_terminal_floor: until last seen going on
    run_server_time.<stat>    the same by the server's own clock
    connect.<stat>            opening a connection
    schedule_lag.<stat>       sent minus due: the generator's own health
    errors.ratio|count        failed requests over all operations
    requests.count|rate       requests over all operations
    shed.ratio|count          those turned away with 429 or 503
    arrivals.delivered        started arrivals over planned ones
    arrivals.planned|started|dropped
    runs.started|ended|failed|censored, runs.ended.ratio and so on
    load.findings             invariants that the server broke under load
    contract.findings         findings that no waiver covers; also .critical .major .minor
    contract.waived|cases|checks|skipped, contract.cases.least, contract.fault_score
    contract.coverage         classes of defects that were looked for, of those that can be
    contract.coverage.operations|parameters|keywords|examples|responses|response_keywords

<stat> is p50, p99.9 and so on, mean, min, max or count. Short forms: `run.p99` for `run.latency.p99`,
`errors` for `errors.ratio`, `run.errors` for `run.errors.ratio`.
"""

from flowgauge.expressions import Catalogue, checked_names
from flowgauge.gates.contract_measures import contract_measures
from flowgauge.gates.load_measures import counter_measures, figure, load_measures, of_operation
from flowgauge.results.measures import KINDS, USUAL, Vocabulary, histogram_name

__all__ = ["gate_measures"]


def gate_measures(vocabulary: Vocabulary = USUAL) -> Catalogue:
    """The measures of a run whose scenarios use these names.

    Raises UsageError where a name could not be told from another.
    """
    operations, durations = vocabulary.operations, vocabulary.durations
    checked_names((*operations, *durations))
    measures = (
        *contract_measures(),
        *load_measures(),
        *counter_measures(vocabulary.counters),
        *(measure for op in operations for measure in of_operation(op)),
    )
    return Catalogue(
        operations,
        (*(histogram_name(op, kind) for op in operations for kind in KINDS), *durations),
        {measure.name: measure for measure in measures},
        figure,
    )
