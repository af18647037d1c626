"""What people and programs are shown of a stream: its problems, for now, and the pages of the rules."""
