"""Reading on request over HTTP: the pipeline's own stages behind Ray Serve.

Files: `requests` turns a body into document rows, `answers` turns finished rows into JSON, `reader` runs the stages on
what comes in together, `endpoint` is the HTTP door before it.
"""
