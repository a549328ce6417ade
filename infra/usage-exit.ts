import type { CommanderError } from "commander";

/**
 * For `exitOverride`: a command line that is wrong ends with 2, as everything that could not be done; 1 is an answer.
 * Asked for help it ends with 0.
 */
export function usageExit({ exitCode }: CommanderError): never {
  process.exit(exitCode === 0 ? 0 : 2);
}
