"""Print the dictionary of CloudTrail field names: make fields

CloudTrail spells the members of a call as the service model does, with the first letter in lower case.
The service models are those of botocore (Apache-2.0); only names are taken from them.
What no model tells stands in EXTRA, from recorded events.
"""
import gzip
import json
import os

import botocore

# event source (without .amazonaws.com) -> models
SERVICES = {
    "access-analyzer": ["accessanalyzer"], "acm": ["acm"], "acm-pca": ["acm-pca"], "airflow": ["mwaa"], "amplify": ["amplify"],
    "amazonmq": ["mq"], "aoss": ["opensearchserverless"], "aps": ["amp"], "appstream": ["appstream"],
    "apigateway": ["apigateway", "apigatewayv2"], "apprunner": ["apprunner"], "appsync": ["appsync"], "autoscaling": ["autoscaling"],
    "backup": ["backup"], "batch": ["batch"], "bedrock": ["bedrock", "bedrock-agent"], "chatbot": ["chatbot"], "cloudformation": ["cloudformation"], "cloudfront": ["cloudfront"],
    "cloudtrail": ["cloudtrail"], "codebuild": ["codebuild"], "codecommit": ["codecommit"], "codepipeline": ["codepipeline"],
    "cognito-identity": ["cognito-identity"], "cognito-idp": ["cognito-idp"], "config": ["config"], "datapipeline": ["datapipeline"],
    "dlm": ["dlm"], "ds": ["ds"], "dsql": ["dsql"], "elasticache": ["elasticache"],
    "dynamodb": ["dynamodb"], "ec2": ["ec2"], "ec2-instance-connect": ["ec2-instance-connect"], "ecr": ["ecr"], "ecr-public": ["ecr-public"],
    "ecs": ["ecs"], "elasticfilesystem": ["efs"], "eks": ["eks"], "eks-auth": ["eks-auth"], "elasticbeanstalk": ["elasticbeanstalk"],
    "elasticmapreduce": ["emr"], "es": ["es", "opensearch"], "events": ["events"], "firehose": ["firehose"], "glacier": ["glacier"],
    "glue": ["glue"], "grafana": ["grafana"], "guardduty": ["guardduty"], "iam": ["iam"], "identitystore": ["identitystore"], "imagebuilder": ["imagebuilder"],
    "iot": ["iot"], "kafka": ["kafka"], "kms": ["kms"], "lakeformation": ["lakeformation"], "lambda": ["lambda"], "lightsail": ["lightsail"], "logs": ["logs"],
    "macie2": ["macie2"], "memory-db": ["memorydb"], "monitoring": ["cloudwatch"], "oam": ["oam"],
    "organizations": ["organizations"], "pipes": ["pipes"], "quicksight": ["quicksight"], "ram": ["ram"], "rds": ["rds"],
    "redshift": ["redshift"], "redshift-serverless": ["redshift-serverless"], "rolesanywhere": ["rolesanywhere"], "route53": ["route53"], "route53domains": ["route53domains"],
    "route53resolver": ["route53resolver"], "s3": ["s3", "s3control"], "s3tables": ["s3tables"], "sagemaker": ["sagemaker"], "scheduler": ["scheduler"], "schemas": ["schemas"],
    "secretsmanager": ["secretsmanager"], "securityhub": ["securityhub"], "serverlessrepo": ["serverlessrepo"], "servicecatalog": ["servicecatalog"], "signer": ["signer"], "ses": ["ses", "sesv2"],
    "sns": ["sns"], "sqs": ["sqs"], "ssm": ["ssm"], "sso": ["sso-admin", "sso"], "sso-directory": ["identitystore"], "sso-oauth": ["sso-oidc"],
    "sso-oidc": ["sso-oidc"], "states": ["stepfunctions"], "sts": ["sts"], "synthetics": ["synthetics"], "transfer": ["transfer"], "vpc-lattice": ["vpc-lattice"],
    "wafv2": ["wafv2"], "workspaces": ["workspaces"], "xray": ["xray"],
}
PASCAL = {"ec2", "s3", "cloudfront", "route53"}  # some of their names keep the capital
READS = ("Describe", "Get", "List", "Search", "BatchGet", "Head", "Query", "Scan")
KEPT_READS = {"GetFederationToken", "GetSessionToken", "GetRoleCredentials", "GetCredentialsForIdentity", "GetId", "GetOpenIdToken"}
EXTRA = {
    "record": "additionalEventData apiVersion awsRegion edgeDeviceDetails errorCode errorMessage eventCategory eventID eventName eventSource "
              "eventTime eventType eventVersion insightDetails managementEvent readOnly recipientAccountId requestID requestParameters resources "
              "responseElements serviceEventDetails sessionCredentialFromConsole sharedEventID sourceIPAddress tlsDetails userAgent userIdentity "
              "vpcEndpointAccountId vpcEndpointId addendum eventContext",
    "userIdentity": "accessKeyId accountId arn attributes creationDate credentialId ec2RoleDelivery federatedProvider identityProvider "
                    "identityStoreArn invokedBy inScopeOf mfaAuthenticated onBehalfOf principalId sessionContext sessionIssuer sourceIdentity "
                    "type userId userName webIdFederationData assumedRoot",
    "additionalEventData": "AuthenticationMethod CipherSuite LoginTo MFAUsed MFAIdentifier MobileVersion SignatureVersion SwitchFrom SwitchTo "
                           "RedirectTo SamlProviderArn UserName CredentialType bytesTransferredIn bytesTransferredOut aclRequired "
                           "identityProviderConnectionVerificationMethod service requestDetails sub grantId success",
    "s3": "Host acl bucketName bucketPolicy lifecycle notification policy publicAccessBlock replication versioning website cors logging "
          "encryption ownershipControls accelerate tagging key x-amz-acl Grant CreateAccessPointRequest RoutingRule",
    "ec2": "aclProtocol items item attribute userData valueSet groupSet instancesSet ipPermissions ipRanges ipv6Ranges launchPermission add remove "
           "filterSet resourcesSet tagSet cidrIp cidrIpv6 publicKeyMaterial keyName keyPairId keyFingerprint value content tag _return",
    "apigateway": "createApiKeyInput createRestApiInput createAuthorizerInput createDomainNameInput putIntegrationInput putRestApiInput "
                  "updateAuthorizerInput restApiId apiId template self updateApiKeyInput createUsagePlanKeyInput putMethodInput "
                  "updateMethodInput updateIntegrationInput updateRestApiInput updateDomainNameInput createBasePathMappingInput",
    "secretsmanager": "arn aRN", "securityhub": "AccountIds",
    "organizations": "policySummary content", "sts": "subjectFromWebIdentityToken", "signin": "ConsoleLogin SwitchRole GetSigninToken PasswordUpdated PasswordRecoveryRequested PasswordRecoveryCompleted EmailUpdated CheckMfa client_id redirect_uri resource",
    "sso": "configurationType ssoConfiguration sessionConfiguration maxAuthenticationAge extendedSessionEnabledAppProviders mfaMode directoryId "
           "directoryType clientId",
    "sso-directory": "userId memberId groupId createUserRequest identityStoreId userAttributes member user directoryId directoryType tenantId",
    "sqs": "attributes attribute Policy queueUrl policy", "sns": "attributes attributeName attributeValue policy Policy",
    "route53": "tTL", "kms": "policy granteePrincipal",
}


def lower(name):
    return name[:1].lower() + name[1:]


def names_of(model, pascal):
    found, seen = set(), set()

    def walk(name):
        if name in seen:
            return
        seen.add(name)
        shape = model["shapes"][name]
        if shape["type"] == "structure":
            for member, ref in shape.get("members", {}).items():
                for n in (member, ref.get("locationName", member)):
                    if ":" not in n:
                        found.add(lower(n))
                        if pascal:
                            found.add(n)
                walk(ref["shape"])
        elif shape["type"] == "list":
            walk(shape["member"]["shape"])
        elif shape["type"] == "map":
            walk(shape["value"]["shape"])

    for op in model["operations"].values():
        if op["name"].startswith(READS) and op["name"] not in KEPT_READS:
            continue
        for side in ("input", "output"):
            if side in op:
                walk(op[side]["shape"])
        if pascal:
            found.update({op["name"] + "Request", op["name"] + "Response"})
    return found


def load(service):
    folder = os.path.join(os.path.dirname(botocore.__file__), "data", service)
    newest = os.path.join(folder, sorted(os.listdir(folder))[-1], "service-2.json")
    if os.path.exists(newest + ".gz"):
        return json.load(gzip.open(newest + ".gz"))
    return json.load(open(newest))


def main():
    print("# Field names in CloudTrail records, by event source. Made by tools/cloudtrail_fields.py from botocore %s." % botocore.__version__)
    for source in sorted(set(SERVICES) | set(EXTRA)):
        found = set(EXTRA.get(source, "").split())
        for model in SERVICES.get(source, []):
            found |= names_of(load(model), source in PASCAL)
        print("%s: %s" % (source, " ".join(sorted(found))))


if __name__ == "__main__":
    main()
