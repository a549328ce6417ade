import { join } from "node:path";
import { createLens, type Lens } from "../flags/lens.ts";
import { type DocumentSource, fileSource } from "../flags/source.ts";
import { createMaster } from "./database/master.ts";
import { createPools, type Pools } from "./database/pools.ts";
import { proxiedMaster } from "./database/proxied-master.ts";
import { createRouter } from "./database/router.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Settings } from "./env.ts";
import { createOutputWebhook } from "./labels/output-webhook.ts";
import { keyFileSealer, type Sealer } from "./signatures/sealed-secret.ts";
import { createSigners } from "./signatures/signers.ts";
import { createVerification } from "./signatures/verification.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { onDemandStore } from "./storage/on-demand-store.ts";
import { createTokenVerifier } from "./token-verifier.ts";

export interface Runtime {
  readonly dependencies: Dependencies;
  /** Closes the connections. Call it when nothing is in flight. */
  close(): Promise<void>;
}

/** Puts the dependencies together. Connects to nothing: what is needed is opened by the request that needs it. */
export async function createRuntime(settings: Settings, line: (text: string) => void): Promise<Runtime> {
  const pools = poolsOf(settings);
  const master = proxiedMaster(createMaster(pools, masterOf(settings)), settings.DATABASE_PROXIES);
  const sealer = await sealerOf(settings);
  const verifySignature = createVerification(master, sealer);
  const dependencies: Dependencies = {
    environment: settings.STACK_ENVIRONMENT,
    codeVersion: settings.CODE_VERSION,
    deadlineMilliseconds: settings.DEADLINE_MILLISECONDS,
    originKeyHash: settings.ORIGIN_KEY_SHA256,
    verifyToken: createTokenVerifier({
      jwks: settings.JWKS,
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
    }),
    verifySignature,
    signers: createSigners(master, sealer, verifySignature),
    lens: await lensOf(settings, line),
    route: createRouter(master),
    master,
    pools,
    store: onDemandStore(() => storeOf(settings)),
    queueOutput: settings.LABEL_OUTPUT_WEBHOOK
      ? createOutputWebhook(settings.LABEL_OUTPUT_WEBHOOK)
      : undefined,
    line,
  };
  return { dependencies, close: () => pools.end() };
}

function masterOf(settings: Settings) {
  return { host: settings.MASTER_HOST, port: settings.MASTER_PORT, database: settings.MASTER_DATABASE };
}

// A statement that outlives the deadline has nobody who waits for it.
function poolsOf(settings: Settings): Pools {
  return createPools({
    max: settings.DATABASE_POOL_MAX,
    statementMilliseconds: settings.DEADLINE_MILLISECONDS,
  });
}

async function lensOf(settings: Settings, line: (text: string) => void): Promise<Lens> {
  const source = await sources(settings.APPCONFIG_DIRECTORY);
  return createLens({
    document: source(settings.FLAG_DOCUMENT),
    killSwitch: source(settings.KILL_SWITCH),
    pollSeconds: settings.FLAG_POLL_SECONDS,
    failed: (problem) => line(JSON.stringify({ warning: "flags not read", problem: problem.message })),
  });
}

// AWS's clients are loaded only where they are used: each costs a cold start some 10 ms.
async function sources(directory: string | undefined): Promise<(name: string) => DocumentSource> {
  if (directory) return (name) => fileSource(join(directory, name));
  const { appConfigSource } = await import("../flags/app-config-source.ts");
  return (name) => {
    const [application = "", environment = "", profile = ""] = name.split("/");
    return appConfigSource({ application, environment, profile });
  };
}

async function storeOf(settings: Settings): Promise<ObjectStore> {
  const [{ createS3ObjectStore }, { createYachtSessions }] = await Promise.all([
    import("./storage/s3-object-store.ts"),
    import("./storage/yacht-sessions.ts"),
  ]);
  const session = { roleArn: settings.SESSION_ROLE, region: settings.AWS_REGION };
  const clientOf = createYachtSessions({ ...session, endpoint: settings.AWS_ENDPOINT_URL });
  return createS3ObjectStore({ buckets: settings.BUCKETS, clientOf });
}

async function sealerOf(settings: Settings): Promise<Sealer> {
  if (settings.SIGNER_KEY_FILE) return keyFileSealer(settings.SIGNER_KEY_FILE);
  const { kmsSealer } = await import("./signatures/kms-sealer.ts");
  return kmsSealer(settings.SIGNER_KEY);
}
