"""Ways into the graph besides the command line: Python and notebooks, REST, MCP. All of them only read.

Files: `graph` is what `graph.open` gives; `table` holds an answer with types, of `values`, and turns it into pandas,
`network` turns it into networkx. For the two servers `describe` puts questions and answers into JSON, `gate` limits
what runs at once; `rest` with `openapi` speaks HTTP, `tools` is the MCP server. Each question runs through `graph.ask`,
as on the command line.
"""
