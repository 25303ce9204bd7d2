"""Queues, locks, dicts and shared memory for processes in every language, at one daemon."""
