"""Checks calls against the service models of the AWS CLI.

Reads lines of JSON, {"call": "iam:DeleteUser", "with": ["UserName"], "out": "JMESPath or empty"}, and prints one line
for every call, operation, parameter or error name that does not exist, and for every required parameter that is missing.
"""
import json
import sys

import botocore.session
import jmespath
from botocore import xform_name

SERVICES = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}  # commands that are not called like their service


def problems(session, models, line):
    command, operation = line["call"].split(":", 1)
    service = SERVICES.get(command, command)
    if service not in models:
        try:
            models[service] = session.get_service_model(service)
        except botocore.exceptions.UnknownServiceError:
            yield f"no command {command}"
            return
    model = models[service]
    if operation not in model.operation_names:
        yield f"{command} has no operation {operation}"
        return
    shape = model.operation_model(operation).input_shape
    members = shape.members if shape else {}
    for name in line["with"] or []:
        if name not in members:
            yield f"{command}:{operation} has no parameter {name}; there are {' '.join(members)}"
    for name in shape.required_members if shape else []:
        if name not in (line["with"] or []):
            yield f"{command}:{operation} needs {name}"
    if line.get("cli") and line["cli"] != xform_name(operation, "-"):
        yield f"{operation} is {xform_name(operation, '-')} on the command line, not {line['cli']}"
    for name, flag in line.get("flags", {}).items():
        if flag != xform_name(name, "-"):
            yield f"{name} is --{xform_name(name, '-')}, not --{flag}"
    if line.get("query"):
        try:
            jmespath.compile(line["query"])
        except jmespath.exceptions.ParseError as e:
            yield f"query {line['query']}: {e}"


def main():
    session, models = botocore.session.get_session(), {}
    for text in sys.stdin:
        line = json.loads(text)
        for p in problems(session, models, line):
            print(f"{line.get('at', '')}: {p}")


main()
