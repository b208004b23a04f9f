"""``python -m benchmarks.constant_view ADDRESS``: a Flask view that returns a constant, under our gunicorn."""

import sys

from flask import Flask, Response

from container.serving import Server

CONSTANT = b'{"predictions": [{"probability_long": 0.5512345678901234, "signal": 1}]}'


def main(address: str) -> None:
    app = Flask(__name__, static_folder=None)

    @app.post("/invocations")
    def constant() -> Response:
        return Response(CONSTANT, mimetype="application/json")

    Server(app, address, 1).run()


if __name__ == "__main__":
    main(sys.argv[1])
