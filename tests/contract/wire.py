"""DynamoDB's requests over HTTP, answered by boto3 and so by whatever stands behind it."""

import base64
import json

from botocore import xform_name
from botocore.exceptions import ClientError
from mypy_boto3_dynamodb import DynamoDBClient

from renown.dynamo import Send


def wire(client: DynamoDBClient) -> Send:
    """Sends to `client` what is meant for DynamoDB, whose JSON is what boto3 takes and gives, but bytes: base64."""

    def send(body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        action = headers["X-Amz-Target"].removeprefix("DynamoDB_20120810.")
        try:
            answer = getattr(client, xform_name(action))(**json.loads(body))
        except ClientError as error:
            kind = {"__type": error.response["Error"]["Code"], "message": str(error)}
            return error.response["ResponseMetadata"]["HTTPStatusCode"], json.dumps(kind).encode()
        return 200, json.dumps(answer, default=lambda data: base64.b64encode(data).decode()).encode()

    return send
