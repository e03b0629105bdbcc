"""Measurements, compared with a bare Flask app on the same server in the same run, and with peers. Tests never measure time.

`make bench` prints the first table, `make bench-peers` both. Compare by ratio, within one run, on one machine.
"""
