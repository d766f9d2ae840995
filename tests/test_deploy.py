"""The files of `deploy/`, which no test can run: held to rules, and to each other."""

import configparser
import os
import re
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml

from attnlab.paths import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
UNIT = configparser.ConfigParser(interpolation=None, strict=False)
UNIT.optionxform = str  # type: ignore[assignment,method-assign]
UNIT.read(DEPLOY / "attention-lab@.service", encoding="utf-8")


def instructions(name: str) -> list[str]:
    return [line.partition(" ")[2] for line in INSTRUCTIONS if line.startswith(f"{name} ")]


def apps() -> dict[str, Any]:
    return {name: service for name, service in SERVICES.items() if name.startswith("app-")}


def test_every_instruction_of_the_dockerfile_is_one() -> None:
    known = {"FROM", "ARG", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {line.split(" ")[0] for line in INSTRUCTIONS if line} <= known
    assert INSTRUCTIONS[0].startswith("FROM ")


def test_the_image_is_pinned_slim_and_not_run_by_root() -> None:
    assert all(re.fullmatch(r"python:3\.\d+-slim", image) for image in instructions("FROM"))
    (user,) = instructions("USER")
    assert f"useradd --create-home --uid 10001 {user}" in instructions("RUN")[0]
    after_user = INSTRUCTIONS[INSTRUCTIONS.index(f"USER {user}") :]
    assert not [line for line in after_user if line.startswith(("RUN", "COPY"))]


def test_the_image_starts_the_app_without_a_shell() -> None:
    (command,) = instructions("CMD")
    assert yaml.safe_load(command)[:3] == ["streamlit", "run", "app.py"]
    assert instructions("EXPOSE") == ["8501"]
    assert not re.search(r"\b(sudo|latest|ADD)\b|curl|apt-get", "\n".join(INSTRUCTIONS))


class Answering(BaseHTTPRequestHandler):
    """Is as well as its path says."""

    def do_GET(self) -> None:
        self.send_response({"/health": 200, "/lab/health": 200}.get(self.path, 503))
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@pytest.mark.parametrize(("below", "status"), [("", 0), ("/lab/", 0), ("elsewhere", 1)])
def test_the_check_of_the_image_fails_where_health_is_not_200(below: str, status: int) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    check = instructions("HEALTHCHECK")[0].partition("CMD ")[2]
    program, *options = yaml.safe_load(check.replace("8501", str(server.server_port)))
    environment = os.environ | {"STREAMLIT_SERVER_BASE_URL_PATH": below}
    assert program == "python"
    assert subprocess.run([sys.executable, *options], env=environment, check=False).returncode == status
    server.shutdown()
    server.server_close()


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    copied = {word for line in instructions("COPY") for word in shlex.split(line)[:-1]}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)


def test_the_cpu_build_takes_the_version_that_is_pinned() -> None:
    (pattern,) = re.findall(r"sed -n 's/(.*)/\\1/p' requirements.txt", DOCKERFILE)
    found = re.findall(
        pattern.replace(r"\(", "(").replace(r"\)", ")"), (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert len(found) == 1
    assert re.fullmatch(r"torch==[\d.]+", found[0])


def test_compose_is_whole() -> None:
    assert set(COMPOSE) - {"name", "services", "networks", "volumes"} == {"x-image", "x-environment", "x-app"}
    for name, service in SERVICES.items():
        assert service["networks"] == ["inside"], name
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        assert service["restart"] == "unless-stopped", name
        assert not service["image"].endswith(":latest"), name
    assert len(apps()) >= 2


def test_only_the_front_has_a_port_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]


def test_apps_and_workers_share_one_store_and_one_scheduler() -> None:
    of_workers = SERVICES["worker"]["environment"]
    for app in apps().values():
        assert of_workers.items() <= app["environment"].items()
    assert of_workers["ATTNLAB_SCHEDULER"] == "tcp://scheduler:8786"
    assert SERVICES["scheduler"]["command"][-1] == "8786"
    assert of_workers["ATTNLAB_SCHEDULER"] in SERVICES["worker"]["command"]


def test_apps_share_what_was_fetched_in_a_folder_that_the_image_s_user_owns() -> None:
    (cache,) = re.findall(r"ATTNLAB_HUB_CACHE=(\S+)", DOCKERFILE)
    assert cache in re.findall(r"install -d -o lab -g lab (.*)", instructions("RUN")[0])[0].split()
    for app in apps().values():
        (volume,) = app["volumes"]
        assert volume.partition(":")[2] == cache
        assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_nginx_stands_before_every_app_of_compose() -> None:
    assert set(re.findall(r"server (app-\d+):8501", NGINX)) == set(apps())


@pytest.mark.parametrize("file", ["compose.yaml", "attention-lab@.service", "README.md"])
def test_variables_of_ours_that_are_named_are_ours(file: str) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "attnlab").rglob("*.py"))
    named = set(re.findall(r"ATTNLAB_\w+", (DEPLOY / file).read_text(encoding="utf-8")))
    assert named
    assert all(f'"{name}"' in source for name in named)


def test_every_variable_of_ours_is_in_the_readme() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "attnlab").rglob("*.py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    variables = set(re.findall(r'_VARIABLE = "(ATTNLAB_\w+)"', source))
    assert len(variables) >= 5
    assert all(f"| `${name}` |" in readme for name in variables)


def test_the_unit_runs_a_process_a_port_as_a_user_of_its_own() -> None:
    service = UNIT["Service"]
    assert set(UNIT.sections()) == {"Unit", "Service", "Install"}
    assert service["User"] not in {"", "root"}
    assert service["ExecStart"].startswith("/")
    assert "--server.port %i" in service["ExecStart"]
    assert "--server.address 127.0.0.1" in service["ExecStart"]
