"""Worlds in this process: the driver, the handles of a test, transports and interception."""
