"""A town on disk → an app that answers as its vendors would: CRM, MLS, social networks, reviews, blogs."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from commonground.errors import CommonGroundError
from commonground.sandbox.changes import expire_listing, expire_one_listing
from commonground.sandbox.server import (
    blogs,
    bluesky,
    followupboss,
    hubspot,
    mastodon,
    mls_vendors,
    places,
    reso,
    reviews,
    salesforce,
    swarm,
    zillow,
)
from commonground.sandbox.server.faults import FaultPlan, Mishaps
from commonground.sandbox.server.state import TownState
from commonground.sandbox.server.tokens import Tokens
from commonground.sandbox.writers.settings import TOKENS

LOOPBACK = ("127.0.0.1", "::1", "testclient")


def make_app(town: Path, faults: str | None = None) -> FastAPI:
    """The vendors' APIs of a town.

    Args:
        town: folder made by `build`.
        faults: mishaps to let happen, as in `faults.py`; None for a friendly day.

    Raises:
        ConfigError: `faults` cannot be read.
        UnreadableError: there is no town in that folder.
    """
    state, plan = TownState(town), FaultPlan.parse(faults)
    app = FastAPI(title="An invented town", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(followupboss.router(state, TOKENS["followupboss"], plan.is_strict))
    app.include_router(hubspot.router(state, TOKENS["hubspot"], plan.is_strict))
    app.include_router(salesforce.router(state, TOKENS, plan))
    app.include_router(reso.router(state, TOKENS, plan))
    for router in mls_vendors.routers(state, TOKENS, plan):
        app.include_router(router)
    consent = Tokens(TOKENS["google_business"], plan)
    app.include_router(reviews.google_consent(consent, TOKENS))
    app.include_router(reviews.google(state, consent))
    app.include_router(reviews.google_information(state, consent))
    app.include_router(reviews.yelp(state, TOKENS["yelp"]))
    app.include_router(places.google(state, TOKENS["google_places"]))
    app.include_router(places.foursquare(state, TOKENS["foursquare"]))
    app.include_router(zillow.router(state, TOKENS["zillow"]))
    app.include_router(blogs.router(state))
    app.include_router(bluesky.router(state))
    app.include_router(mastodon.router(state, TOKENS["mastodon"]))
    app.include_router(swarm.router(state, TOKENS["swarm"], plan.is_strict))
    _control(app, town, plan)
    app.add_middleware(Mishaps, plan=plan)
    return app


def _control(app: FastAPI, town: Path, plan: FaultPlan) -> None:
    """Lets a test or a demo change the town while it runs; from this machine only."""

    @app.get("/_control/health")
    def health() -> dict[str, Any]:
        return {"town": town.name, "requests": plan.seen, "mishaps": dict(plan.met)}

    @app.post("/_control/expire_listing")
    async def expire(request: Request) -> JSONResponse:
        if request.client is None or request.client.host not in LOOPBACK:
            return JSONResponse({"error": "from this machine only"}, 403)
        asked = await request.json() if await request.body() else {}
        try:
            return JSONResponse(expire_listing(town, asked["ListingKey"]) if asked.get("ListingKey") else expire_one_listing(town))
        except CommonGroundError as error:
            return JSONResponse({"error": str(error)}, 404)
