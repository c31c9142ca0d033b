#!/usr/bin/python3
"""validate.py SCHEMA FILE [FIRST LAST]: is FILE valid against the JSON Schema in SCHEMA?

A FILE that ends in .yaml is read as YAML; then exit status 77 means that python3-yaml is missing.
With FIRST and LAST the file is JSON Lines, of which the first FIRST and the last LAST are looked
at. Prints the first mistake and exits 1 if there is one."""

import json
import sys

import jsonschema


def documents(path, limits):
    with open(path, encoding="utf-8") as file:
        if path.endswith(".yaml"):
            try:
                import yaml
            except ImportError:
                sys.exit(77)
            return [(path, yaml.safe_load(file))]
        if not limits:
            return [(path, json.load(file))]
        lines = file.readlines()
    first, last = limits
    chosen = sorted(set(range(len(lines))[:first]) | set(range(len(lines))[-last:]))
    if not chosen:
        sys.exit(f"{path} is empty")
    return [(f"{path}:{i + 1}", json.loads(lines[i])) for i in chosen]


def by_event(schema):
    """Of a schema that is one of many, told apart by a constant event: the one of each event.

    Trying all of them for each line takes ten times as long and says the same."""
    branches = schema.get("oneOf", [])
    events = [branch.get("properties", {}).get("event", {}).get("const") for branch in branches]
    if None in events or len(set(events)) < len(events):
        return {}
    return {event: dict(schema, oneOf=[branch]) for event, branch in zip(events, branches)}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    whole = kind(schema)
    parts = {event: kind(part) for event, part in by_event(schema).items()}
    for place, document in documents(sys.argv[2], [int(limit) for limit in sys.argv[3:5]]):
        event = document.get("event") if isinstance(document, dict) else None
        validator = parts.get(event, whole)
        mistake = jsonschema.exceptions.best_match(validator.iter_errors(document))
        if mistake is not None:
            sys.exit(f"{place}: at {mistake.json_path}: {mistake.message[:300]}")


main()
