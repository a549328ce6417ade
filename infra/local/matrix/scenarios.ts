import { faults } from "../faults/catalogue.ts";
import { type RisenStage, type Script, textOf } from "../faults/script.ts";
import type { RehearsalOptions } from "../rehearsal/options.ts";
import { replays } from "../replay/catalogue.ts";

export interface Scenario extends Pick<RehearsalOptions, "at"> {
  readonly fault: string;
  readonly when: NonNullable<RehearsalOptions["when"]>;
  /** Against the API itself, or against what its requests would have left in the metrics. */
  readonly form: "rehearsed" | "replayed";
  readonly script: Script;
}

/** Everything that can go wrong, by name. */
export const catalogue: Readonly<Record<string, Pick<Scenario, "form" | "script">>> = {
  ...Object.fromEntries(
    Object.entries(faults).map(([name, script]) => [name, { form: "rehearsed", script } as const]),
  ),
  ...Object.fromEntries(
    Object.entries(replays).map(([name, script]) => [name, { form: "replayed", script } as const]),
  ),
};

/** Those faults, each at the stages that its script names, or only at the one that is asked for. */
export function scenariosOf(names: readonly string[], at?: RisenStage): Scenario[] {
  return names.flatMap((fault) => {
    const played = catalogue[fault];
    if (!played) throw new RangeError(`no fault "${fault}"; there are ${Object.keys(catalogue).join(", ")}`);
    const { at: stages, moments = ["baking"] as const } = played.script;
    return (at ? [at] : stages).flatMap((stage) =>
      moments.map((when) => ({ fault, ...played, at: stage, when })),
    );
  });
}

/** How it must end, as it reads in a table. */
export function expectationOf({ script, at }: Scenario): string {
  return textOf(script.expected[at]);
}

/** Its own among all, and fit for the name of a folder. */
export function nameOf({ fault, at, when }: Scenario): string {
  return `${fault}-${at}${when === "baking" ? "" : `-${when}`}`;
}
