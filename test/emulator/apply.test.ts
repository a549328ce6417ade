/** What HashiCorp's provider makes of dev in an emulator of AWS: created, planned again, destroyed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apply, type CheckReport } from "../aws-check/check-tool.ts";
import { applyDev, whyNot } from "../aws-check/run.ts";
import { type Emulator, region, startEmulator } from "./emulator.ts";
import { installEmulator } from "./install-emulator.ts";

const installed = installEmulator();
const missing = whyNot() ?? ("missing" in installed ? installed.missing : undefined);
if (missing) console.log(`skipped, dev is not applied: ${missing}`);
const python = "missing" in installed ? "" : installed.python;
/** Longer than the check's own limit. Alone it takes one to two minutes. */
const limit = 1_600_000;

/** A version of a document, whose description the emulator drops. */
const described = {
  resources: [
    { type: "aws:appconfig/application:Application", name: "app", inputs: { name: "app" } },
    {
      type: "aws:appconfig/configurationProfile:ConfigurationProfile",
      name: "profile",
      inputs: {
        name: "profile",
        applicationId: "${ref:aws:appconfig/application:Application::app::id}",
        locationUri: "hosted",
      },
    },
    {
      type: "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion",
      name: "version",
      inputs: {
        applicationId: "${ref:aws:appconfig/application:Application::app::id}",
        configurationProfileId:
          "${ref:aws:appconfig/configurationProfile:ConfigurationProfile::profile::configurationProfileId}",
        contentType: "application/json",
        content: "{}",
        description: "of a test",
      },
    },
  ],
};

describe.skipIf(missing !== undefined)("HashiCorp's provider, on the emulator of AWS", () => {
  let emulator: Emulator;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "part-lens-gaps-"));
    emulator = await startEmulator(python);
  });
  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });
  const applied = (resources: readonly unknown[], gaps?: readonly object[]): Promise<CheckReport> => {
    const file = join(folder, "gaps.json");
    if (gaps) writeFileSync(file, JSON.stringify({ gaps }));
    return apply({ resources }, { endpoint: emulator.endpoint, region, ...(gaps && { gaps: file }) });
  };

  test(
    "creates dev, would change nothing of it that the emulator keeps, and destroys it",
    async () => {
      const { exitCode, lines } = await applyDev(python);
      expect(lines.filter((line) => !/^(note|not checked): /.test(line))).toEqual([
        expect.stringMatching(/^\d{3} resources checked, 0 problems, \d+ not checked$/),
      ]);
      expect(exitCode).toBe(0);
      // Nothing is listed as the emulator's fault that it does well by now.
      expect(lines.filter((line) => line.includes("did not show"))).toEqual([]);
      const unchecked = lines.filter((line) => line.startsWith("not checked: "));
      const notMade = unchecked.filter((line) => !line.startsWith("not checked: postgresql:"));
      expect(notMade.sort()).toEqual([
        expect.stringMatching(/QueryDefinition jobs: it does not know saved queries/),
        expect.stringMatching(/Instance port-forward: it has no images/),
        expect.stringMatching(/SecurityGroupEgressRule network-to-s3: it drops a rule's prefix list/),
      ]);
    },
    // A busy emulator is asked a second time.
    2 * limit,
  );

  test(
    "reports what cannot be created",
    async () => {
      const topic = (name: string) => ({
        type: "aws:sns/topicSubscription:TopicSubscription",
        name,
        inputs: {},
      });
      const nowhere = {
        topicArn: `arn:aws:sns:${region}:000000000000:none`,
        protocol: "sqs",
        endpoint: "none",
      };
      const { exitCode, lines } = await applied([{ ...topic("nobody"), inputs: nowhere }]);
      expect(exitCode).toBe(1);
      expect(lines[0]).toMatch(/^aws:sns\/topicSubscription:TopicSubscription nobody/);
    },
    limit,
  );

  test(
    "reports a second plan that is not empty, where no gap of the emulator is listed",
    async () => {
      const { exitCode, lines } = await applied(described.resources, []);
      expect(exitCode).toBe(1);
      expect(lines[0]).toMatch(/HostedConfigurationVersion version: .* would .* description$/);
    },
    limit,
  );
});
