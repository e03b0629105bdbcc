"""Serve worlds over HTTP: listeners, the world registry, the control API and the webhook sender."""
