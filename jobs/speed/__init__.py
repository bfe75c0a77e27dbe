"""How fast this machine is, and what a corpus would take: what `hypograph bench` and `python -m bench` share."""
