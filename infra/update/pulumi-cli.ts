import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

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
export function findPulumi(path: string = process.env.PATH ?? ""): string | undefined {
  const names = process.platform === "win32" ? ["pulumi.exe"] : ["pulumi"];
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
