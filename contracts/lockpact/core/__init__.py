"""What a pact consists of: laws, steps, traffic and verdicts. Imports nothing else of lockpact."""
