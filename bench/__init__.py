"""Measurements, beside a bare Flask app on the same server in the same run, and beside peers. Tests never time.

`make bench` prints the first table, `make bench-peers` both. Compare by ratio, within one run, on one machine.
"""
