"""Measurements, compared with a bare Flask app on the same server in the same run, and with peers. Tests never measure time.

`make bench` measures ourselves, `make bench-peers` the peers. Compare by ratio, within one run, on one machine.
"""
