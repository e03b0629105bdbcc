"""The API's rules, one module for each group of chapters: what can be created, changed and deleted, and the consequences.

Every function gets the request's context and what the caller sent. It raises an error of `errors`, or changes the account
and returns what it created.
"""
