"""What the payloads of a stream mean: the message that a model's stream adds up to, and whether it is whole.

A new protocol is one file, which says how it is recognised, adds up and ends, and one line in `registry`.
"""
