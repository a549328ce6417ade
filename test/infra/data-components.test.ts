import { beforeAll, describe, expect, it } from "vitest";
import { type Graph, keyOf, type PlannedResource } from "../../infra/preview/graph.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;

let foundation: Graph;
let service: Graph;

beforeAll(async () => {
  const { layers } = await plannedEnvironment("prod");
  foundation = layers.foundation.graph;
  service = layers.service.graph;
});

const inputsOf = (graph: Graph, type: string, name: string) => the(graph, type, name).inputs;
const policyOf = (graph: Graph, type: string, name: string) =>
  JSON.parse(String(inputsOf(graph, type, name).policy));

describe("the databases", () => {
  it("are encrypted, TLS only, signed in to by IAM, backed up and kept", () => {
    expect(inputsOf(foundation, "aws:rds/cluster:Cluster", "main")).toMatchObject({
      clusterIdentifier: "part-lens-prod-main",
      engine: "aurora-postgresql",
      masterUsername: "part_lens_admin",
      manageMasterUserPassword: true,
      iamDatabaseAuthenticationEnabled: true,
      storageEncrypted: true,
      deletionProtection: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "part-lens-prod-main-final",
      backupRetentionPeriod: 35,
      serverlessv2ScalingConfiguration: { minCapacity: 2, maxCapacity: 16 },
    });
    const { parameters } = inputsOf(
      foundation,
      "aws:rds/clusterParameterGroup:ClusterParameterGroup",
      "main",
    );
    expect(parameters).toContainEqual({ name: "rds.force_ssl", value: "1", applyMethod: "immediate" });
    expect(parameters).toContainEqual({
      name: "log_min_duration_statement",
      value: "500",
      applyMethod: "immediate",
    });
    // The values of a statement may be what must not be in a log.
    expect(parameters).toContainEqual({
      name: "log_parameter_max_length",
      value: "0",
      applyMethod: "immediate",
    });
    for (const instance of ofType(foundation, "aws:rds/clusterInstance:ClusterInstance")) {
      expect(instance.inputs.publiclyAccessible).toBe(false);
    }
  });

  it("write their log into a group that is there before them, and ends after as many days as configured", () => {
    const log = the(foundation, "aws:cloudwatch/logGroup:LogGroup", "charter-postgresql");
    expect(log.inputs).toEqual({
      name: "/aws/rds/cluster/part-lens-prod-charter/postgresql",
      retentionInDays: 365,
    });
    expect(the(foundation, "aws:rds/cluster:Cluster", "charter").dependsOn).toContain(keyOf(log));
  });

  it("are reached as an admin who is no superuser, signs in by IAM and verifies who asks for the token", () => {
    expect(inputsOf(service, "pulumi:providers:postgresql", "charter")).toEqual({
      host: ref("aws:rds/cluster:Cluster", "charter", "endpoint"),
      port: JSON.stringify(ref("aws:rds/cluster:Cluster", "charter", "port")),
      database: "postgres",
      username: "part_lens_admin",
      superuser: "false",
      awsRdsIamAuth: "true",
      awsRdsIamRegion: "eu-west-1",
      expectedVersion: "17.5",
      connectTimeout: "180",
      sslmode: "verify-full",
      sslrootcert: "database/rds-authorities.pem",
    });
  });

  it("have one owner that cannot sign in, and sign-in by IAM for every other role", () => {
    const roles = ofType(service, "postgresql:index/role:Role").filter(({ name }) =>
      name.startsWith("main-"),
    );
    const members = roles.map(({ inputs }) => [inputs.name, inputs.login, inputs.roles]);
    expect(members).toEqual([
      ["part_lens_owner", false, []],
      ["part_lens_migrator", true, ["part_lens_owner", "rds_iam"]],
      ["part_lens_api", true, ["rds_iam"]],
      ["part_lens_auditor", true, ["pg_monitor", "rds_iam"]],
    ]);
    for (const { inputs } of roles) {
      expect(inputs).toMatchObject({ superuser: false, bypassRowLevelSecurity: false });
      expect(inputs).not.toHaveProperty("password");
    }
  });

  it("are the admin's, who alone may grant on them, and what lies in them is of a role that nobody signs in as", () => {
    const ownersOf = (type: string) => ofType(service, type).map(({ inputs }) => inputs.owner);
    expect(ownersOf("postgresql:index/database:Database")).toEqual(Array(4).fill("part_lens_admin"));
    expect(ownersOf("postgresql:index/schema:Schema")).toEqual(Array(4).fill("part_lens_owner"));
  });

  it("are closed to everybody but their owner before three roles are let in", () => {
    const grants = ofType(service, "postgresql:index/grant:Grant").filter(({ name }) =>
      name.startsWith("tenant-northern-owners.main-"),
    );
    expect(grants.map(({ inputs }) => [inputs.role, inputs.objectType, inputs.privileges])).toEqual([
      ["public", "database", []],
      ["part_lens_migrator", "database", ["CONNECT"]],
      ["part_lens_api", "database", ["CONNECT"]],
      ["part_lens_auditor", "database", ["CONNECT"]],
      ["part_lens_api", "schema", ["USAGE"]],
      ["part_lens_auditor", "schema", ["USAGE"]],
    ]);
  });

  it("count what statements cost, each tenant's where the auditor may read it, and no value with them", () => {
    const { parameters } = inputsOf(
      foundation,
      "aws:rds/clusterParameterGroup:ClusterParameterGroup",
      "charter",
    );
    expect(parameters).toEqual(
      expect.arrayContaining([
        {
          name: "shared_preload_libraries",
          value: "pg_stat_statements",
          applyMethod: "pending-reboot",
        },
        { name: "pg_stat_statements.track_utility", value: "off", applyMethod: "immediate" },
      ]),
    );
    const made = ofType(service, "postgresql:index/extension:Extension");
    const tenants = ofType(service, "postgresql:index/database:Database").filter(
      ({ name }) => name !== "master",
    );
    expect(made.map(({ inputs }) => [inputs.name, inputs.database])).toEqual(
      tenants.map(({ inputs }) => ["pg_stat_statements", inputs.name]),
    );
    for (const { dependsOn, name } of made) {
      const tenant = name.replace("-pg_stat_statements", "");
      expect(dependsOn).toContain(`postgresql:index/grant:Grant::${tenant}-part_lens_auditor-usage`);
    }
  });

  it("are changed one statement after the other: roles of a cluster, and grants of a database, form a chain", () => {
    const chains = (type: string, groupOf: (resource: PlannedResource) => string) =>
      Object.values(Object.groupBy(ofType(service, type), groupOf)) as PlannedResource[][];
    const grants = chains("postgresql:index/grant:Grant", ({ inputs }) => String(inputs.database));
    const roles = chains("postgresql:index/role:Role", ({ provider }) => String(provider));
    expect([grants.length, roles.length]).toEqual([4, 2]);
    for (const chain of [...grants, ...roles]) {
      for (const [index, link] of chain.entries()) {
        if (index > 0) expect(link.dependsOn).toContain(keyOf(chain[index - 1]!));
      }
    }
  });

  it("take what lies in them along when they go", () => {
    const inside = [
      ...ofType(service, "postgresql:index/schema:Schema"),
      ...ofType(service, "postgresql:index/grant:Grant"),
      ...ofType(service, "postgresql:index/extension:Extension"),
    ];
    const database = ({ inputs }: PlannedResource) =>
      `postgresql:index/database:Database::${inputs.database}`;
    expect(inside).toHaveLength(4 + 24 + 3);
    const names: Record<string, string> = Object.fromEntries(
      ofType(service, "postgresql:index/database:Database").map((entry) => [
        `postgresql:index/database:Database::${entry.inputs.name}`,
        keyOf(entry),
      ]),
    );
    for (const resource of inside) expect(resource.deletedWith).toBe(names[database(resource)]);
  });
});

describe("a bucket", () => {
  it.each(["pms-part-photos", "pms-receiving-images", "pms-label-pdfs"])(
    "%s is private, encrypted, versioned and TLS only",
    (name) => {
      const bucket = `part-lens-prod-${name}-333333333333`;
      expect(inputsOf(service, "aws:s3/bucket:Bucket", name)).toMatchObject({ bucket, forceDestroy: false });
      expect(inputsOf(service, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name)).toEqual({
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      expect(inputsOf(service, "aws:s3/bucketVersioning:BucketVersioning", name)).toMatchObject({
        versioningConfiguration: { status: "Enabled" },
      });
      const encryption =
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
      expect(inputsOf(service, encryption, name).rules).toMatchObject([
        { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true },
      ]);
      const { Statement: statements } = policyOf(service, "aws:s3/bucketPolicy:BucketPolicy", name);
      const arn = ref("aws:s3/bucket:Bucket", name, "arn");
      expect(statements).toEqual([
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [arn, `${arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]);
    },
  );

  it("is reached by a session below its own yacht's id only, whoever took the session", () => {
    const { Statement: statements } = policyOf(service, "aws:iam/rolePolicy:RolePolicy", "session");
    const own = "${aws:PrincipalTag/yacht_id}/*";
    const objects = statements.find((statement: { Sid: string }) => statement.Sid === "OwnYachtsObjects");
    expect(objects.Resource).toHaveLength(3);
    for (const resource of objects.Resource)
      expect(resource).toMatch(/::arn\}\/\$\{aws:PrincipalTag\/yacht_id\}\/\*$/);
    const list = statements.find((statement: { Sid: string }) => statement.Sid === "OwnYachtsList");
    expect(list.Condition).toEqual({ StringLike: { "s3:prefix": own } });
    const trust = JSON.parse(String(inputsOf(service, "aws:iam/role:Role", "session").assumeRolePolicy));
    expect(trust.Statement[0].Principal).toEqual({
      AWS: ["api", "job-probe", "job-orphans", "job-sweep"].map((name) =>
        ref("aws:iam/role:Role", name, "arn"),
      ),
    });
    expect(inputsOf(service, "aws:iam/role:Role", "session").name).toBe("part-lens-prod-session");
  });
});

describe("the network", () => {
  it("has private subnets in three zones, and no rule that lets the world in", () => {
    const subnets = ofType(foundation, "aws:ec2/subnet:Subnet").slice(0, 3);
    expect(subnets.map(({ inputs }) => [inputs.availabilityZone, inputs.cidrBlock])).toEqual([
      ["eu-west-1a", "10.40.0.0/20"],
      ["eu-west-1b", "10.40.16.0/20"],
      ["eu-west-1c", "10.40.32.0/20"],
    ]);
    const rules = ofType(foundation, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    expect(rules).toHaveLength(4);
    for (const { inputs } of rules) {
      expect(inputs).not.toHaveProperty("cidrIpv4");
      expect(inputs).not.toHaveProperty("cidrIpv6");
    }
  });

  it("lets nothing into the database but the functions and the delivery runner, on PostgreSQL's port", () => {
    const group = (name: string) => ref("aws:ec2/securityGroup:SecurityGroup", name, "id");
    const into = ofType(foundation, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").filter(
      ({ inputs }) => inputs.securityGroupId === group("network-database"),
    );
    const port = { ipProtocol: "tcp", fromPort: 5432, toPort: 5432 };
    expect(into.map(({ inputs }) => inputs)).toEqual(
      ["network-functions", "network-delivery"].map((name) => ({
        ...port,
        securityGroupId: group("network-database"),
        referencedSecurityGroupId: group(name),
      })),
    );
  });

  it.each([
    ["prod", 3],
    ["dev", 1],
  ] as const)("has the services' endpoints in as many zones as %s says", async (environment, zones) => {
    const { layers } = await plannedEnvironment(environment);
    const endpoints = ofType(layers.foundation.graph, "aws:ec2/vpcEndpoint:VpcEndpoint").filter(
      ({ inputs, name }) => inputs.vpcEndpointType === "Interface" && name.startsWith("network-"),
    );
    expect(endpoints.map(({ inputs }) => (inputs.subnetIds as unknown[]).length)).toEqual([
      zones,
      zones,
      zones,
    ]);
  });
});
