import { isKnownType, outputNames } from "./outputs.ts";
import { referenceText } from "./reference.ts";

type Tree = Record<string, unknown>;

/** What a planned resource gives out: its inputs, and a placeholder for every listed output that is none of them. */
export function placeholdersOf(type: string, name: string, inputs: Tree): Tree {
  if (!isKnownType(type)) return inputs;
  return outputNames[type].reduce<Tree>((state, path) => {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    return filled(state, steps, referenceText(type, name, path)) as Tree;
  }, inputs);
}

/** A copy along the way; what is there stays. */
function filled(value: unknown, [step, ...rest]: readonly string[], text: string): unknown {
  if (step === undefined) return value ?? text;
  if (typeof value === "string") return value;
  const copy =
    Array.isArray(value) || /^\d+$/.test(step) ? [...((value ?? []) as unknown[])] : { ...(value as Tree) };
  const tree = copy as Tree;
  tree[step] = filled(tree[step], rest, text);
  return copy;
}
