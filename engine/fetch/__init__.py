"""Fetching PubMed: whole files with their checksums, or single records by their ids.

Files: `client` asks a server politely, `listing` says which files there are, `files` fetches those, `records` fetches
records by id, `folder` keeps what was fetched and knows what is there. Nothing here runs unless a user asks for it.
"""
