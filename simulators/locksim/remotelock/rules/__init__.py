"""The API's rules, a module for each chapter: what may be made, changed and deleted, and what goes with it.

Every function is handed `Here` (turn, state, the caller's account and user) and what the caller sent. It raises the
refusals of `errors`, or changes the account and answers what it made.
"""
