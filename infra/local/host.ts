/** The local host: the stacks of the Pulumi program, made real on this machine. */
import { join } from "node:path";
import { type Outputs, type Program, plan, type StackConfig } from "../preview/plan.ts";
import { apply, type Step } from "./apply.ts";
import type { Properties, Realised, Realiser } from "./realiser.ts";
import { StackState } from "./state.ts";

export interface LocalHostOptions {
  /** Holds a state file for each stack. */
  readonly directory: string;
  readonly realisers: readonly Realiser[];
  readonly region: string;
  /** The live SSM parameters by full name. Default: none. */
  readonly parameters?: () => Record<string, string>;
  /** Default part-lens. */
  readonly project?: string;
}

export interface UpdateOptions {
  /** Only tells the steps. */
  readonly preview?: boolean;
  readonly onStep?: (step: Step) => void;
}

export interface UpdateResult {
  readonly steps: readonly Step[];
  readonly outputs: Outputs;
  /** "type name" of each resource that is recorded only. */
  readonly notSimulated: readonly string[];
  readonly seconds: number;
}

export class LocalHost {
  readonly #options: LocalHostOptions;
  readonly #states = new Map<string, StackState>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LocalHostOptions) {
    this.#options = options;
  }

  /**
   * Plans the program and applies the difference. One update at a time.
   * Throws PlanFailed when the program fails, UpdateFailed when a step does.
   */
  update(
    stack: string,
    program: Program,
    config: StackConfig,
    options: UpdateOptions = {},
  ): Promise<UpdateResult> {
    return this.#alone(() => this.#update(stack, program, config, options));
  }

  /** Deletes every resource of the stack. Throws UpdateFailed when one is protected or cannot be deleted. */
  destroy(stack: string, options: UpdateOptions = {}): Promise<readonly Step[]> {
    return this.#alone(async () => {
      const { steps } = await this.#apply(stack, { resources: [] }, options);
      if (!options.preview) this.#state(stack).erase();
      return steps;
    });
  }

  /** undefined until an update of that stack has succeeded. */
  outputs(stack: string): Outputs | undefined {
    return this.#state(stack).outputs();
  }

  /** What the stack consists of, with real outputs. */
  resources(stack: string): readonly Realised[] {
    return this.#state(stack).all();
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #update(
    stack: string,
    program: Program,
    config: StackConfig,
    options: UpdateOptions,
  ): Promise<UpdateResult> {
    const start = performance.now();
    const planned = await plan({
      project: this.#options.project ?? "part-lens",
      stack,
      config,
      program,
      stackOutputs: (name) => this.outputs(name.split("/").at(-1) ?? name),
      parameters: this.#options.parameters?.() ?? {},
    });
    const { steps, resolve } = await this.#apply(stack, planned.graph, options);
    const outputs = resolve(planned.outputs) as Properties;
    if (!options.preview) this.#state(stack).setOutputs(outputs);
    return { steps, outputs, notSimulated: notSimulated(steps), seconds: (performance.now() - start) / 1000 };
  }

  #apply(stack: string, graph: Parameters<typeof apply>[0]["graph"], options: UpdateOptions) {
    const { realisers, region } = this.#options;
    return apply({ graph, state: this.#state(stack), realisers, region, ...options });
  }

  #state(stack: string): StackState {
    const found = this.#states.get(stack) ?? new StackState(join(this.#options.directory, `${stack}.json`));
    this.#states.set(stack, found);
    return found;
  }
}

function notSimulated(steps: readonly Step[]): string[] {
  const recorded = steps.filter(({ simulated, step }) => !simulated && step !== "delete");
  return recorded.map(({ type, name }) => `${type} ${name}`).sort();
}
