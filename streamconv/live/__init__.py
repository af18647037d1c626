"""What speaks HTTP (extra `http`): a server that replays a capture, with the faults it is told to make."""
