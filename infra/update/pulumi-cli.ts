import { programOnPath } from "./program-on-path.ts";

/** Real environments are deployed by Pulumi's CLI alone; this machine has none. */
export class PulumiMissing extends Error {
  override readonly name = "PulumiMissing";

  constructor(environment: string) {
    super(
      `${environment} needs the pulumi CLI and AWS credentials, and there is no "pulumi" on PATH. ` +
        'Install it (https://www.pulumi.com/docs/install/), sign in to the state backend with "pulumi login", ' +
        `take on a role of the account in infra/stacks/Pulumi.${environment}-service.yaml, and run this again. ` +
        'Without a cloud: "npm run preview" shows a change, "npm run rehearse" and "--env local" run it.',
    );
  }
}

/** Where `pulumi` is; undefined when it is not on PATH. */
export function findPulumi(path?: string): string | undefined {
  return programOnPath([process.platform === "win32" ? "pulumi.exe" : "pulumi"], path);
}
