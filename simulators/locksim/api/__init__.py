"""What every vendor's API is built from: one row an operation, the request's context, errors, and the Flask app.

An operation is data. A vendor's `operations.py` has one table of `Operation` rows, wrapped in an `Api`. From it come
the Flask routes (`flask_app`), the order of the checks before a handler, the near misses, what a live run may send
unasked and what drift may send (`lockpact.simulators.operations`), and a test that `openapi.yaml` agrees.

A handler is a function `(context, arguments) -> Answer`. It knows nothing of Flask.
"""
