"""The `lockpact` command."""
