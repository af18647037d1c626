"""What people and programs are shown of a stream: its records and problems, what it adds up to, and what rules mean."""
