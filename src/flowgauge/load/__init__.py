"""The load engine: arrivals by plan, latency from the moment a request was due.

    plan_text ─▶ plan ──▶ engine ──▶ tally ──▶ ledger ──▶ outcome ──▶ run folder
                 journeys ──┘  └── channel, timer

The engine runs on gevent's hub and knows nothing of Locust; `locust_scenario` is the one module that
does. Plans, buckets, tallies and the ledger are pure: they import neither.
"""
