/**
 * What HashiCorp's provider makes of dev in an emulator of AWS: created, planned again, moved a stage up, destroyed. The
 * foundation by an administrator; the two layers above with the role of the delivery runner, and IAM judges each call.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apply, type CheckReport, limitMilliseconds } from "../aws-check/check-tool.ts";
import { type AppliedDev, applyDev, attempts, inAttempts, whyNot } from "../aws-check/run.ts";
import { judgedByNoResource } from "./as-judged.ts";
import { type Emulator, region, startEmulator } from "./emulator.ts";
import { installEmulator } from "./install-emulator.ts";
import { roleOf } from "./judgement.ts";
import { graphWithout, madeWith, refusedPlace } from "./refused-apply.ts";
import { inBuilds, unrunActions, unrunStatements } from "./runner-calls.ts";
import { runnerGrants } from "./runner-role.ts";

const installed = installEmulator();
const missing = whyNot() ?? ("missing" in installed ? installed.missing : undefined);
if (missing) console.log(`skipped, dev is not applied: ${missing}`);
const python = "missing" in installed ? "" : installed.python;
/** Longer than the check's own limit. Alone it takes about five minutes. */
const limit = limitMilliseconds + 60_000;

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

/** What a stage is. */
const deployment = ["appconfig:CreateHostedConfigurationVersion", "appconfig:StartDeployment"];
const isWrite = (action: string) => !/:(Get|List|Describe)/.test(action);

/** What AWS judges by no resource, either; see infra/policies/rules/grant-takes-effect.ts. */
const alsoAtAws = [
  "appconfig:CreateApplication",
  "appconfig:CreateDeploymentStrategy",
  "iam:GetUser",
  "kms:CreateKey",
  "kms:ListAliases",
  "logs:DescribeLogGroups",
  "ssm:DescribeParameters",
  "sts:GetCallerIdentity",
];

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

  describe("with the delivery runner's role", () => {
    let dev: AppliedDev;
    beforeAll(async () => {
      dev = await applyDev(python);
      for (const line of dev.lines) if (line.includes(": begun again")) console.log(line);
      // A busy emulator is asked again.
    }, attempts * limit);
    const ofRunner = () => dev.judgements.filter((one) => roleOf(one) === "part-lens-dev-delivery");

    test("creates dev, would change nothing of it that the emulator keeps, moves it a stage up, and destroys it", () => {
      const { exitCode, lines } = dev;
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
    });

    test("deploys a document for each of the two stages, and nothing else in the rollout layer", () => {
      const made = ofRunner().filter(
        ({ principal, action }) => principal.endsWith("/rollout") && isWrite(action),
      );
      expect(new Set(made.map(({ action }) => action))).toEqual(new Set(deployment));
      for (const action of deployment)
        expect(made.filter((one) => one.action === action).length).toBeGreaterThanOrEqual(2);
    });

    test("is refused nothing on the way", () => {
      // Whose keys these are the provider asks IAM, and where it may not, STS.
      const refused = ofRunner().filter(
        ({ action, verdict }) => verdict === "refused" && action !== "iam:GetUser",
      );
      expect(refused).toEqual([]);
      expect(ofRunner().length).toBeGreaterThan(1000);
    });

    test("uses every permission that the role has, but for those that are listed with the reason", async () => {
      const used = new Set(ofRunner().map(({ action }) => action.toLowerCase()));
      const listed = new Set<string>([...Object.keys(unrunActions), ...inBuilds]);
      const grants = await runnerGrants();
      const left = grants.filter(
        ({ sid, action }) =>
          !Object.hasOwn(unrunStatements, sid) && !listed.has(action) && !used.has(action.toLowerCase()),
      );
      expect(left).toEqual([]);
      // Nothing is listed that the role has not.
      const actions = new Set(grants.map(({ action }) => action));
      expect([...listed].filter((action) => !actions.has(action))).toEqual([]);
      const sids = new Set(grants.map(({ sid }) => sid));
      expect(Object.keys(unrunStatements).filter((sid) => !sids.has(sid))).toEqual([]);
    });

    test("is judged by the very resource, but for what is listed", () => {
      const byNone = new Set(ofRunner().flatMap(({ action, resource }) => (resource === "*" ? action : [])));
      const listed: readonly string[] = [...judgedByNoResource, ...alsoAtAws];
      expect([...byNone].filter((action) => !listed.includes(action))).toEqual([]);
    });
  });

  test(
    "refuses the runner what it needs a permission for that its role has not, and that alone",
    async () => {
      const lacking = ["iam:CreateRole", "sns:CreateTopic", "ssm:PutParameter"] as const;
      const graph = await graphWithout(lacking);
      const { exitCode, lines } = await inAttempts(async () => {
        const own = await startEmulator(python);
        return await apply(graph, { endpoint: own.endpoint, ...refusedPlace }).finally(() => own.stop());
      });
      expect(exitCode).toBe(1);
      const problems = lines.filter((line) => !/^(note|not checked): /.test(line)).slice(0, -1);
      expect(problems.sort()).toEqual(
        lacking
          .map((action) => `${madeWith[action].type} ${madeWith[action].name}: `)
          .sort()
          .map((said) => expect.stringContaining(said)),
      );
      for (const action of lacking)
        expect(
          problems.filter((line) => line.includes(`not authorized to perform: ${action} `)),
        ).toHaveLength(1);
    },
    attempts * limit,
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
