import type { RolloutState } from "../rollout/state.ts";
import { type Caller, type Decision, given, stampOf } from "../rollout/verbs/decision.ts";

/** A named person stands for the rollout at the stage it is at. It replaces no verdict and no declaration. */
export function signOff(
  state: RolloutState,
  caller: Caller,
  input: { readonly name?: string | undefined; readonly role?: string | undefined },
): Decision {
  const [name, role] = [given(input.name), given(input.role)];
  if (!name || !role) return { refused: "say who signs off, with --name and --role" };
  if (state.percent === 0)
    return { refused: `the rollout is at ${state.stage}: there is nothing to sign off` };
  const before = state.signOffs.find((given) => given.name === name && given.role === role);
  if (before) return { refused: `${name} has signed off as ${role} already, at ${before.at}` };
  return {
    events: [{ kind: "signedOff", ...stampOf(caller), name, role }],
    text: `${name} (${role}) has signed off ${state.stage}; whatever moves the rollout takes that back`,
  };
}
