"""What `make bench` runs: each module measures one thing, prints one JSON object last and fails below its floor."""
