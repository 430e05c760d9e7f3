"""What made-up calls lack: ids of things that exist. Where a call has a well-formed id, it mostly becomes one of those
that earlier answers held, so that calls reach what lies behind "there is no such thing"."""

import atexit
import os
import random
import re
from collections import Counter, defaultdict, deque

import requests
import schemathesis

ID = re.compile(r"\b([a-z]+)_[0-9a-hjkmnp-tv-z]{29}\b")
# The last few of each kind: older ones are more often closed.
known = defaultdict(lambda: deque(maxlen=12))
chance = random.Random(1)
tally = defaultdict(Counter)


def learn(text):
    for found in ID.finditer(text):
        if found.group(0) not in known[found.group(1)]:
            known[found.group(1)].append(found.group(0))


def real(value):
    """The value with most of its ids replaced by ids that exist; what is malformed stays."""
    if isinstance(value, str):
        found = ID.fullmatch(value)
        pool = known[found.group(1)] if found else ()
        return chance.choice(list(pool)) if pool and chance.random() < 0.8 else value
    if isinstance(value, dict):
        return {name: real(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [real(inner) for inner in value]
    return value


@schemathesis.hook
def before_call(ctx, case, kwargs):
    if case.path_parameters:
        case.path_parameters = real(case.path_parameters)
    if case.query:
        case.query = real(case.query)
    if isinstance(case.body, (dict, list)):
        case.body = real(case.body)
    # HTTP allows space around a header's value and so does the document; the client that sends it does not.
    for name, value in list((case.headers or {}).items()):
        if isinstance(value, str):
            case.headers[name] = value.strip(" \t")


@schemathesis.hook
def after_call(ctx, case, response):
    learn(response.content.decode("utf-8", "replace"))
    tally[f"{case.operation.method.upper()} {case.operation.path}"][response.status_code] += 1


def prepare():
    """A user with money, agents and cards, so that the first calls find something."""
    session = requests.Session()
    session.headers["Api-Key"] = os.environ["LEDGEROS_SCHEMA_KEY"]

    def post(path, **body):
        answer = session.post(os.environ["LEDGEROS_SCHEMA_URL"] + path, json=body, timeout=10)
        assert answer.ok, f"{path}: {answer.text}"
        learn(answer.text)
        return answer.json()

    user = post("/v1/users", firstName="Ada", lastName="Example", email="ada@example.com")["id"]
    post(f"/v1/sandbox/users/{user}/approve")
    post(f"/v1/sandbox/users/{user}/deposits", amount=100_000_000)
    merchant = {"name": "Example Shop", "categoryCode": "5734"}
    for n in range(6):
        agent = post("/v1/agents", userId=user, name=f"agent-{n}")["id"]
        kind = ("single", "multi")[n % 2]
        card = post(f"/v1/agents/{agent}/cards", purpose="Tests", type=kind, maxAmount=5_000_000)["id"]
        post(f"/v1/cards/{card}/intents", intentId="first", summary="A book")
        post(f"/v1/cards/{card}/details", summary="A book")
        post("/v1/sandbox/authorizations", cardId=card, amount=500, merchant=merchant)
    post("/v1/webhooks", url="https://example.com/hook")


@atexit.register
def tell():
    """How each operation was answered, for whoever wants to know how deep the calls went."""
    with open(os.environ["LEDGEROS_SCHEMA_TALLY"], "w") as file:
        for operation, statuses in sorted(tally.items()):
            file.write(f"{operation}: {dict(sorted(statuses.items()))}\n")


prepare()
