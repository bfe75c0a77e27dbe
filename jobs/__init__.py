"""What people run: the command line and the Ray jobs, each also `python -m jobs.<name>` for `ray job submit`."""
