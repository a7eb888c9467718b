#!/usr/bin/env python3
"""Holds the simulator and the collector against Microsoft's OpenAPI descriptions.

    MUSTER_OPENAPI=FOLDER tests/openapi/run.py [PATH OF muster]

FOLDER holds graph-openapi.yaml and graph-openapi-beta.yaml, which are not part of this repository.
1. What the simulated cloud answers fits the schemas.
2. `muster collect` against an OpenAPI mock server of the same files (Stoplight Prism, by npx) ends
   with a snapshot and without a panic, although it was never written for that server.

Needs `pip install pyyaml openapi-schema-validator` and Node.js.
"""

import http.server, json, os, pathlib, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

import yaml
from openapi_schema_validator import OAS30Validator

FILES = {"v1.0": "graph-openapi.yaml", "beta": "graph-openapi-beta.yaml"}
PORTS = {"v1.0": 4110, "beta": 4111}
# What the simulator wants in a query before it answers.
QUERIES = {
    "/policies/roleManagementPolicyAssignments":
        "$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'&$expand=policy($expand=rules)",
    "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances": "$filter=groupId eq 'x'",
    "/identityGovernance/privilegedAccess/group/assignmentScheduleInstances": "$filter=groupId eq 'x'",
}


def fetch(url, token=None, form=None):
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, data)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def simulator_fits(muster, descriptions):
    """Asks the simulated cloud for every path of the descriptions that it knows."""
    base = "http://127.0.0.1:4112"
    cloud = subprocess.Popen([muster, "simulate", "--listen", "127.0.0.1:4112"],
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    tenants = []
    try:
        for line in cloud.stderr:
            tenants += [word for word in line.replace("│", " ").replace("┆", " ").split()
                        if len(word) == 36 and word.count("-") == 4]
            if "made-up Microsoft cloud" in line:
                break
        checked, wrong = 0, []
        for tenant in tenants:
            _, profile = fetch(f"{base}/login/{tenant}/v2.0/.well-known/openid-configuration")
            token = sign_in(base, tenant)
            if token is None:
                continue
            for version, description in descriptions.items():
                for path, operations in description["paths"].items():
                    if "{" in path or "get" not in operations:
                        continue
                    query = urllib.parse.quote(QUERIES.get(path, ""), safe="$=&")
                    url = f"{base}/graph/{version}{path}" + (f"?{query}" if query else "")
                    status, body = fetch(url, token)
                    if status != 200:
                        continue
                    schema = answer_schema(description, operations["get"])
                    if schema is None:
                        continue
                    schema = {**schema, "components": description["components"]}
                    errors = list(OAS30Validator(schema).iter_errors(json.loads(body)))
                    checked += 1
                    for error in errors[:3]:
                        place = "/".join(map(str, error.absolute_path))
                        wrong.append(f"{version}{path} {place}: {error.message[:160]}")
        print(f"simulator: {checked} answers of {len(tenants)} tenants checked, {len(wrong)} do not fit")
        for line in sorted(set(wrong)):
            print("  ", line)
        return checked > 0 and not wrong
    finally:
        cloud.terminate()
        cloud.wait()


def sign_in(base, tenant):
    """The samples share one secret; their application ids are in their profiles."""
    samples = pathlib.Path(__file__).parents[2] / "samples" / "tenants"
    for profile in samples.glob("*/tenant.toml"):
        import tomllib
        settings = tomllib.loads(profile.read_text())
        if settings["tenant"]["id"] == tenant:
            form = {"grant_type": "client_credentials", "client_secret": "simulated",
                    "client_id": settings["sign-in"]["client-id"],
                    "scope": f"{base}/graph/.default"}
            status, body = fetch(f"{base}/login/{tenant}/oauth2/v2.0/token", form=form)
            return json.loads(body)["access_token"] if status == 200 else None
    return None


def answer_schema(description, operation):
    for status in ("200", "2XX"):
        answer = operation["responses"].get(status)
        if answer and "$ref" in answer:
            answer = description["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        content = (answer or {}).get("content", {}).get("application/json")
        if content:
            return content["schema"]
    return None


class Proxy(http.server.BaseHTTPRequestHandler):
    """The hosts of Microsoft as the collector knows them, on top of the mock servers."""

    organization = None

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/token"):
            return self.answer(200, b'{"access_token":"a.b.c","expires_in":3599}')
        self.answer(404, b"{}")

    def do_GET(self):
        _, service, rest = self.path.split("/", 2)
        version = rest.split("/", 1)[0]
        if service != "graph" or version not in PORTS:
            return self.answer(404, b"{}")
        path = rest[len(version):]
        if path.startswith("/organization"):
            return self.answer(200, self.organization)
        request = urllib.request.Request(f"http://127.0.0.1:{PORTS[version]}{path}")
        request.add_header("Authorization", "Bearer a.b.c")
        for name, value in self.headers.items():
            if name.lower() == "prefer":
                request.add_header("Prefer", value)
        if os.environ.get("MUSTER_DYNAMIC"):
            request.add_header("Prefer", "dynamic=true")
        try:
            with urllib.request.urlopen(request) as answer:
                self.answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.read())

    def log_message(self, *arguments):
        pass


def collector_survives(muster, folder):
    mocks = [subprocess.Popen(["npx", "--yes", "@stoplight/prism-cli", "mock", "-h", "127.0.0.1",
                               "-p", str(PORTS[version]), str(folder / name)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for version, name in FILES.items()]
    tenant = "0a0a0a0a-0000-4000-8000-000000000001"
    Proxy.organization = json.dumps({"value": [{"id": tenant, "verifiedDomains": []}]}).encode()
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        for port in PORTS.values():
            for _ in range(120):
                try:
                    fetch(f"http://127.0.0.1:{port}/organization", "a.b.c")
                    break
                except OSError:
                    time.sleep(0.5)
        good = True
        for dynamic in ("", "yes"):
            os.environ["MUSTER_DYNAMIC"] = dynamic
            with tempfile.TemporaryDirectory() as place:
                place = pathlib.Path(place)
                (place / "tenant.toml").write_text(
                    f'[tenant]\nid = "{tenant}"\nname = "Mock"\n'
                    '[sign-in]\nmethod = "secret"\nclient-id = "app"\ncredential = "env:SECRET"\n')
                run = subprocess.run(
                    [muster, "collect", "--tenants", place, "--tenant", tenant,
                     "--cloud-url", f"http://127.0.0.1:{proxy.server_port}",
                     "-o", place / "snapshot.json"],
                    env={**os.environ, "SECRET": "simulated"}, capture_output=True, text=True)
                made = (place / "snapshot.json").exists()
                datasets = json.loads((place / "snapshot.json").read_text())["datasets"] if made else {}
                collected = sum(it["state"] == "collected" for it in datasets.values())
                panicked = "panicked" in run.stderr or run.returncode not in (0, 3)
                print(f"collector on mock answers{' at random' if dynamic else ''}: status "
                      f"{run.returncode}, {collected} datasets collected, panicked: {panicked}")
                if panicked or collected == 0:
                    print(run.stderr)
                    good = False
        return good
    finally:
        proxy.shutdown()
        for mock in mocks:
            mock.terminate()


def main():
    folder = os.environ.get("MUSTER_OPENAPI")
    if not folder:
        sys.exit("set MUSTER_OPENAPI to the folder of the descriptions")
    folder = pathlib.Path(folder).resolve()
    muster = sys.argv[1] if len(sys.argv) > 1 else "target/debug/muster"
    descriptions = {version: yaml.load((folder / name).read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
                    for version, name in FILES.items()}
    results = [simulator_fits(muster, descriptions), collector_survives(muster, folder)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
