"""What a session does whatever happens: threads, signals, forks, and daemons that go away."""
