"""Hangs the Common Ground pages into the Airflow UI: an entry at the top of the bar on the left, and the app behind it."""

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from commonground_airflow.pages.app import app

PREFIX = "commonground"


class CommonGroundPlugin(AirflowPlugin):
    """Addresses are relative, so that they hold when Airflow itself stands under a prefix."""

    name = "common_ground"
    fastapi_apps: ClassVar[list[Any]] = [{"app": app, "url_prefix": f"/{PREFIX}", "name": "Common Ground"}]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Common Ground",
            "href": f"{PREFIX}/groups",
            "destination": "nav",
            "url_route": PREFIX,
            "nav_top_level": True,
            "icon": f"{PREFIX}/static/icon.svg",
        }
    ]
