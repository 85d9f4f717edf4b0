"""A whole Airflow on this machine, on loopback: for `make demo`, `make up` and the end-to-end tests.

It is `airflow standalone` with our folders and free ports, waited for until it is healthy and knows our Dags, spoken to by REST
API v2, and stopped by its process group.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from commonground.errors import CommonGroundError
from commonground_airflow.nights import ROOT
from commonground_airflow.wiring import PUBLISHER_POOL

START_SECONDS = 180  # a first start migrates the database and imports everything cold
FINAL_STATES = {"success", "failed"}


class StandaloneAirflow:
    """Use as a context manager: started on enter, stopped on exit.

    Attributes:
        url: where the UI and the API are.
        user, password: an administrator's login.
    """

    user = "admin"

    def __init__(
        self, home: Path, data: Path, config: Path, *, port: int | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.home, self.data, self.config = home.resolve(), data.resolve(), config.resolve()
        self.port = port if port is not None and _is_free(port) else free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.home / "standalone.log"
        self.password = self._password()
        self._environment = os.environ | self._settings() | dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business between us and loopback

    def __enter__(self) -> "StandaloneAirflow":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, tell: Callable[[str], None] = lambda _line: None) -> None:
        """Starts and waits until all parts are healthy and our Dags are known.

        Raises:
            CommonGroundError: it ended, or was not ready in time; names the log.
        """
        tell(f"starting Airflow (log: {self.log})")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "standalone"],
                cwd=self.home, env=self._environment, stdout=log, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._wait(self._is_healthy, "healthy")
        tell("Airflow is healthy; waiting for it to read the Dags")
        self._sign_in()
        wanted = {path.stem for path in (ROOT / "dags").glob("*.py")}
        self._wait(lambda: wanted <= {dag["dag_id"] for dag in self.get("dags?limit=200")["dags"]}, "aware of our Dags")
        self.patch(f"pools/{PUBLISHER_POOL}", {"pool": PUBLISHER_POOL, "slots": 1, "include_deferred": False}, or_post="pools")

    def stop(self) -> None:
        """Stops every process of it."""
        if self._process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, sign)
                self._process.wait(timeout=25)
                break
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        self._process = None

    def connect(self, connections: Mapping[str, Mapping[str, Any]]) -> None:
        """Makes Airflow Connections out of {id: {conn_type, host, login, password, extra}}."""
        for conn_id, fields in connections.items():
            extra = fields.get("extra")
            body = {
                "connection_id": conn_id, "conn_type": fields.get("conn_type") or "http",
                "host": fields.get("host"), "login": fields.get("login"), "password": fields.get("password"),
                "extra": extra if isinstance(extra, str) or extra is None else json.dumps(extra),
            }  # fmt: skip
            self.patch(f"connections/{conn_id}", body, or_post="connections")

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Starts a Dag; returns the run's id."""
        return str(self.post(f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": dict(conf or {})})["dag_run_id"])

    def wait_for(self, dag_id: str, run_id: str, seconds: float, tell: Callable[[str], None] = lambda _line: None) -> str:
        """The final state of a run; tells each task that ended on the way.

        Raises:
            CommonGroundError: it did not end in time.
        """
        end, told = time.monotonic() + seconds, set[str]()
        while time.monotonic() < end:
            for line in self._ended_tasks(since=told):
                tell(line)
            state = str(self.get(f"dags/{dag_id}/dagRuns/{run_id}")["state"])
            if state in FINAL_STATES:
                return state
            time.sleep(1)
        raise CommonGroundError(f"{dag_id} {run_id} did not end within {seconds:.0f} s")

    def get(self, path: str) -> Any:
        """GET /api/v2/..."""
        return self._call("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST /api/v2/..."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: Mapping[str, Any], or_post: str) -> Any:
        """PATCH /api/v2/<path>, or POST to the collection where it does not exist yet."""
        try:
            return self._call("PATCH", path, body)
        except LookupError:
            body = {"name": body["pool"], **{key: value for key, value in body.items() if key != "pool"}} if "pool" in body else body
            return self.post(or_post, body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._session.request(method, f"{self.url}/api/v2/{path}", json=body, timeout=30)
        if answer.status_code == 401:
            self._sign_in()
            answer = self._session.request(method, f"{self.url}/api/v2/{path}", json=body, timeout=30)
        if answer.status_code == 404:
            raise LookupError(path)
        if not answer.ok:
            raise CommonGroundError(f"Airflow answers {answer.status_code} to {method} {path}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def _ended_tasks(self, since: set[str]) -> list[str]:
        lines = []
        page = self.get("dags/~/dagRuns/~/taskInstances?limit=200&state=success&state=failed&state=upstream_failed&order_by=start_date")
        for instance in page["task_instances"]:
            if instance["id"] in since:
                continue
            since.add(instance["id"])
            name = instance["rendered_map_index"] or instance["task_display_name"]
            took = f" in {instance['duration']:.0f} s" if instance.get("duration") else ""
            lines.append(f"  {instance['dag_id']}: {name}: {instance['state']}{took}")
        return lines

    def _is_healthy(self) -> bool:
        try:
            health = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        return all(health.get(part, {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "triggerer", "dag_processor"))

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                raise CommonGroundError(f"Airflow ended while starting; its log: {self.log}")
            if condition():
                return
            time.sleep(0.5)
        self.stop()
        raise CommonGroundError(f"Airflow was not {what} within {START_SECONDS} s; its log: {self.log}")

    def _sign_in(self) -> None:
        answer = self._session.post(f"{self.url}/auth/token", json={"username": self.user, "password": self.password}, timeout=30)
        if answer.status_code != 201:
            raise CommonGroundError(f"Airflow refuses our own login ({answer.status_code}); remove {self.home} and start again")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _password(self) -> str:
        """The administrator's password: made once, kept in the file that Airflow's simple login reads."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "simple_auth_manager_passwords.json.generated"
        known = json.loads(file.read_text()) if file.exists() else {}
        for user in (self.user, "viewer"):
            known.setdefault(user, secrets.token_urlsafe(9))
        file.write_text(json.dumps(known))
        file.chmod(0o600)
        return str(known[self.user])

    @property
    def viewer_password(self) -> str:
        """The password of the user `viewer`, who may look and not act."""
        return str(json.loads((self.home / "simple_auth_manager_passwords.json.generated").read_text())["viewer"])

    def _settings(self) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",  # it calls `airflow` by name
            "PYTHONPATH": os.pathsep.join(
                str(folder) for folder in (ROOT / "include", ROOT / "include" / "commonground_airflow" / "preload")
            ),
            "COMMONGROUND_DATA": str(self.data),
            "COMMONGROUND_CONFIG": str(self.config),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{self.user}:admin,viewer:viewer",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__INSTANCE_NAME": "Common Ground",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__TRIGGERER__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(free_port()),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "NO_PROXY": "127.0.0.1,localhost",
        }


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
