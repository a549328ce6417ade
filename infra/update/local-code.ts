import type { CodePlace } from "../../monitoring/rollout/code-place.ts";
import { type CodeStamp, codeText } from "../../monitoring/rollout/code-stamp.ts";
import type { RehearsedStack } from "../local/rehearsed-stack.ts";
import { servedCode } from "../local/served-code.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";

/** The code of a local stack: older versions are kept with their bundles, and run again as processes of their own. */
export class LocalCode implements CodePlace {
  readonly #stack: RehearsedStack;
  readonly #service: ServiceOutputs;

  constructor(stack: RehearsedStack, service: ServiceOutputs) {
    this.#stack = stack;
    this.#service = service;
  }

  async served(): ReturnType<CodePlace["served"]> {
    const live = servedCode(this.#stack);
    return live && { live, migrationHash: this.#service.migrationHash };
  }

  /** The aliases at once, then the stack is told. */
  async putBack(to: CodeStamp): Promise<string> {
    if (this.#stack.codeVersion?.(`${to.version}`)?.hash !== to.hash)
      throw new Error(
        `${codeText(to)} is not published here: a local stack that starts numbers its versions anew`,
      );
    await this.#stack.pointCode?.(to.version);
    return `both aliases are at ${codeText(to)}`;
  }

  async declare(to: CodeStamp): Promise<string> {
    await this.#stack.update("service", { "part-lens:codeVersion": `${to.version}` });
    return `the service layer declares codeVersion ${to.version}`;
  }
}
