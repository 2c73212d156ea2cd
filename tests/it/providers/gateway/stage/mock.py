"""mock.py CERTIFICATE KEY PEOPLE: an identity provider at 127.0.0.1:9443 that logs in anyone without a password: PyPI's
oidc-provider-mock, over https."""

import json
import sys

import uvicorn
from oidc_provider_mock import User, app

certificate, key, people = sys.argv[1:]
with open(people) as file:
    users = [User(sub=name, claims=claims) for name, claims in json.load(file).items()]
uvicorn.run(
    app(user_claims=users),
    interface="wsgi",
    host="127.0.0.1",
    port=9443,
    ssl_certfile=certificate,
    ssl_keyfile=key,
    log_level="warning",
)
