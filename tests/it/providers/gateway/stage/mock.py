"""mock.py CERTIFICATE KEY PEOPLE: an identity provider at 127.0.0.1:9443 that logs in anyone without a password: PyPI's
oidc-provider-mock, over https, for one client that has to know its secret."""

import json
import sys
import threading

import uvicorn
from oidc_provider_mock import User, app
from oidc_provider_mock._storage import Client, Storage

certificate, key, people = sys.argv[1:]
gateway = Client(
    id="gateway",
    secret="the-secret-of-the-gateway",
    redirect_uris=["https://auth.lab.test/.publish-plan/oidc"],
    allowed_scopes=["openid", "email"],
    token_endpoint_auth_method="client_secret_basic",
)
# A client that registers gets an id of chance; this one is known from the start.
Storage.get_client = lambda self, id: gateway if id == gateway.id else None
with open(people) as file:
    users = [User(sub=name, claims=claims) for name, claims in json.load(file).items()]
provider = app(user_claims=users, require_client_registration=True)
one = threading.Lock()


def in_turns(environ, start_response):
    """The mock reads its list of people while another request changes it."""
    with one:
        return provider(environ, start_response)


uvicorn.run(
    in_turns,
    interface="wsgi",
    host="127.0.0.1",
    port=9443,
    ssl_certfile=certificate,
    ssl_keyfile=key,
    log_level="warning",
)
