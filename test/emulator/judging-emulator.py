"""Starts MiniStack and adds each judgement of IAM to a file: a JSON array a line.

[principal's ARN, action, resource's ARN or "*", "allowed" or "refused"]; for a call that no policy is asked about
[access key, service, "*", "unjudged"].

Requests count as sent over TLS, as behind a proxy that ends it: AWS is asked over TLS, the emulator over plain HTTP
on this machine, and the policies of our buckets refuse what is not TLS.
"""

import json
import sys

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

judgements = open(sys.argv.pop(1), "a", buffering=1)
enforce, check_credentials = iam_evaluator.enforce, iam_evaluator.check_credentials
pin_request_origin = iam_evaluator.pin_request_origin


def judged(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    refusal = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
    principal = iam_evaluator.resolve_principal(access_key_id or "", get_account_id())
    verdict = "refused" if refusal else "allowed"
    note(getattr(principal, "arn", access_key_id), iam_action, resource_arn, verdict)
    return refusal


def unjudged(access_key_id, service=None):
    note(access_key_id, service or "", "*", "unjudged")
    return check_credentials(access_key_id, service)


def note(*judgement):
    judgements.write(json.dumps(judgement) + "\n")


iam_evaluator.enforce = judged
iam_evaluator.check_credentials = unjudged
iam_evaluator.pin_request_origin = lambda source_ip, secure: pin_request_origin(source_ip, True)

# Imported last: what it imports by name is then ours.
from ministack.app import main  # noqa: E402

main()
