"""`python -m web.sandbox --port 8001`: serves the sandbox; listens on the loopback and nowhere else."""

from __future__ import annotations

import argparse

from web.sandbox.app import create_app
from web.server import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m web.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    serve(create_app, host="127.0.0.1", port=parser.parse_args().port, workers=1, threads=16)
