/** How the local host makes a planned resource real: one realiser covers one or a few resource types. */

/** Plain data, references resolved, secrets unwrapped. */
export type Properties = Record<string, unknown>;

/** A resource as it is to be made. */
export interface Wanted {
  readonly type: string;
  readonly name: string;
  /** Inputs with every reference replaced by the real output. */
  readonly inputs: Properties;
  /** The inputs of the provider resource it is made with, if it names one (references resolved). */
  readonly provider?: Properties;
}

/** A resource as it was made: its outputs always carry `id`. */
export interface Realised extends Wanted {
  readonly outputs: Properties;
}

export interface Realiser {
  readonly types: readonly string[];
  /** Input properties whose change replaces the resource instead of updating it. */
  readonly replaceOn?: readonly string[];
  /** Default 120. A realiser that takes longer fails the update. */
  readonly timeoutSeconds?: number;
  /** Must succeed when the thing is there already: a killed update is run again. */
  create(wanted: Wanted): Promise<Properties>;
  /** Left out: every change replaces. */
  update?(wanted: Wanted, old: Realised): Promise<Properties>;
  /** Left out: nothing to remove. */
  delete?(old: Realised): Promise<void>;
}
