/**
 * What the runner may not do although an update may, by a prefix or a tag: change who starts its builds and as whom,
 * take away Pulumi's state, or take over a key by giving it a tag. An explicit Deny wins over every Allow.
 */
import { type DeliveryConfig, secretsKeyAlias, stateBucket } from "../delivery-config.ts";
import { type Place, roleArn } from "../naming.ts";
import type { Statement } from "../policy.ts";
import { keepingReach } from "./keeping-reach.ts";
import type { Reach } from "./reach.ts";
import { servingReach } from "./serving-reach.ts";

export interface Denied {
  readonly place: Place;
  readonly config: DeliveryConfig;
}

/** The roles of the layer that the runner is of: a test holds that they are all here. */
export const foundationRoles = ["delivery", "port-forward", "reconcile"] as const;

/** The statements that deny. */
export function denials(denied: Denied): Statement[] {
  return [notItsLayer(denied), ...notItsState(denied), ...notOthersKeys(denied)];
}

/** It makes roles of this environment; with this it cannot widen its own, nor that of who starts it. */
function notItsLayer({ place }: Denied): Statement {
  const Resource = foundationRoles.map((role) => roleArn(place, role));
  return { Sid: "NotItsLayer", Effect: "Deny", Action: [...changesOf("Roles"), "iam:PassRole"], Resource };
}

/** The bucket of the state and the alias of its key may begin as the names of this environment do. */
function notItsState({ place: { accountId, region }, config }: Denied): Statement[] {
  const bucket = stateBucket(config);
  const alias = secretsKeyAlias(config);
  const kms = `arn:aws:kms:${region}:${accountId}`;
  const keyOfAlias = { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias ?? "" } };
  return [
    ...(bucket ? [deny("NotItsState", changesOf("Buckets"), `arn:aws:s3:::${bucket}`)] : []),
    ...(alias ? [deny("NotItsAlias", changesOf("KeyAliases"), `${kms}:${alias}`)] : []),
    // Each time by the alias that the key has already: one that has none is no key of the state.
    ...(alias ? [deny("NotItsSecrets", changesOf("Keys"), `${kms}:key/*`, keyOfAlias)] : []),
  ];
}

/**
 * A new key is made with its tags, on any resource: with that alone a key of another layer or environment could be
 * given this one's tags, and then deleted. A key that is being made has no tag yet, or the right one.
 */
function notOthersKeys({ place: { accountId, region, environment } }: Denied): Statement[] {
  const keys = `arn:aws:kms:${region}:${accountId}:key/*`;
  return Object.entries({ Environment: environment, Layer: "service" }).map(([tag, own]) => {
    const key = `aws:ResourceTag/${tag}`;
    const another = { Null: { [key]: "false" }, StringNotEquals: { [key]: own } };
    return deny(`KeysOfAnother${tag}`, ["kms:TagResource", "kms:UntagResource"], keys, another);
  });
}

function deny(
  Sid: string,
  Action: readonly string[],
  Resource: string,
  Condition?: Statement["Condition"],
): Statement {
  return { Sid, Effect: "Deny", Action, Resource, ...(Condition && { Condition }) };
}

type Sid = (typeof keepingReach | typeof servingReach)[number]["sid"];

/** What an update may do to such things besides looking at them. */
function changesOf(sid: Sid): string[] {
  const reaches: readonly Reach[] = [...keepingReach, ...servingReach];
  const { service, actions } = reaches.find((reach) => reach.sid === sid)!;
  const changes = actions.filter((action) => !/^(Describe|Get|List)/.test(action));
  return changes.map((action) => `${service}:${action}`);
}
