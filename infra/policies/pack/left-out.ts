/** The rules that the pack leaves out, and why; `npm run policies` asks them. */
export const leftOut = {
  "stage-in-rollout-only": "it compares two plans of the program, and the engine has one",
  "no-plain-secret": "the engine hands secrets to a pack unwrapped: it cannot tell which are plain",
} as const satisfies Readonly<Record<string, string>>;
