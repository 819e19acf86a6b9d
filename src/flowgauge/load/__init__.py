"""The load engine: arrivals by plan, latency from the moment a request was due.

    plan_text ─▶ plan ──▶ engine ──▶ tally ──▶ merged_intervals ──▶ outcome ──▶ run folder
                 journeys ──┘  └── channel, timer

An edition brings its journeys as a `LoadPart`. The engine runs on gevent's hub and knows nothing of Locust;
`locust_adapter.scenario` is the one module that does. Plans, buckets, tallies and merged intervals are pure:
they import neither.
"""
