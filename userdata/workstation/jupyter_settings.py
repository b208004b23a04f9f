"""Read a password, write Jupyter's settings with no more of it than its hash."""

import json
import sys

from jupyter_server.auth import passwd

print(json.dumps({"PasswordIdentityProvider": {"hashed_password": passwd(sys.stdin.read().strip())}}))
