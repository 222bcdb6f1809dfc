"""Would a real client library sign somebody in with our identity provider?"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from simulators.providers.moods import Mood
from simulators.providers.oidc import IdentityProvider
from simulators.providers.serving import serving
from telecare.clock import RealClock

BACK = "https://duty.example/signed-in"
VERIFIER = "v" * 48


def test_a_code_becomes_a_signed_name_once() -> None:
    provider = IdentityProvider(RealClock(), redirect_uris=(BACK,))
    with serving(provider.app) as issuer:
        provider.issuer = issuer
        found = httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).json()
        client = OAuth2Session(
            provider.client_id, provider.client_secret, scope="openid email", redirect_uri=BACK,
            code_challenge_method="S256",
        )  # fmt: skip
        client.trust_env = False
        url, state = client.create_authorization_url(
            found["authorization_endpoint"], code_verifier=VERIFIER, nonce="once"
        )
        sent = httpx.get(url, trust_env=False).headers["location"]
        assert parse_qs(urlsplit(sent).query)["state"] == [state]
        told = client.fetch_token(
            found["token_endpoint"], authorization_response=sent, code_verifier=VERIFIER
        )
        keys = KeySet.import_key_set(httpx.get(found["jwks_uri"], trust_env=False).json())
        claims = jwt.decode(told["id_token"], keys, algorithms=["RS256"]).claims
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (issuer, "telecare", "once")
        assert claims["sub"] == "staff-1"
        again = {"code": parse_qs(urlsplit(sent).query)["code"][0], "redirect_uri": BACK}
        basic = (provider.client_id, provider.client_secret)
        twice = httpx.post(found["token_endpoint"], data=again, auth=basic, trust_env=False)
        assert twice.json() == {"error": "invalid_grant"}
        client.close()


@pytest.mark.parametrize("uri", ["https://elsewhere.example/", ""])
def test_nobody_is_sent_to_an_address_that_is_not_registered(uri: str) -> None:
    provider = IdentityProvider(RealClock(), redirect_uris=(BACK,))
    with serving(provider.app) as issuer:
        asked = {"client_id": "telecare", "redirect_uri": uri, "response_type": "code"}
        refused = httpx.get(f"{issuer}/authorize", params=asked, trust_env=False)
        assert refused.status_code == 400
        provider.behaviour.mood = Mood.OUT
        assert httpx.get(f"{issuer}/jwks", trust_env=False).status_code == 500
