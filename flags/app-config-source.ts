import {
  AppConfigDataClient,
  BadRequestException,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata";
import type { DocumentSource } from "./source.ts";

export interface AppConfigIdentity {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
}

/** How long a poll may take. Milliseconds. */
export interface PollLimits {
  readonly first: number;
  readonly later: number;
}

/** Later polls must end before the request that pays for them counts as slow. Assumed, not measured on AWS. */
const withinRequest: PollLimits = { first: 2000, later: 400 };

/** A poll that comes a few milliseconds early must not wait for a whole interval more; AppConfig refuses it at worst. */
const toleranceMilliseconds = 500;

/**
 * A document of AWS AppConfig. A session's token is used once; an empty body means unchanged; a token that is
 * refused (they live 24 h) starts a new session. It asks no sooner than AppConfig allows, whoever polls it.
 * Throws what the SDK throws when AppConfig cannot be reached in time.
 */
export function appConfigSource(
  identity: AppConfigIdentity,
  client: Pick<AppConfigDataClient, "send"> = new AppConfigDataClient({ maxAttempts: 1 }),
  now: () => number = Date.now,
  limits: PollLimits = withinRequest,
): DocumentSource {
  let token: string | undefined;
  let notBefore = 0;
  let read = false;
  const latest = async (abortSignal: AbortSignal) => {
    const current = token ?? (await startSession(client, identity, abortSignal));
    token = undefined;
    return client.send(new GetLatestConfigurationCommand({ ConfigurationToken: current }), { abortSignal });
  };
  return {
    async poll() {
      const start = now();
      if (start < notBefore - toleranceMilliseconds) return "early";
      const abortSignal = AbortSignal.timeout(read ? limits.later : limits.first);
      const fresh = token === undefined;
      const answer = await latest(abortSignal).catch((error) => {
        if (fresh || !(error instanceof BadRequestException)) throw error;
        return latest(abortSignal);
      });
      token = answer.NextPollConfigurationToken;
      notBefore = start + (answer.NextPollIntervalInSeconds ?? 0) * 1000;
      const content = answer.Configuration?.transformToString() ?? "";
      read ||= content !== "";
      return content === "" ? "unchanged" : { content };
    },
  };
}

async function startSession(
  client: Pick<AppConfigDataClient, "send">,
  { application, environment, profile }: AppConfigIdentity,
  abortSignal: AbortSignal,
): Promise<string> {
  const session = await client.send(
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: application,
      EnvironmentIdentifier: environment,
      ConfigurationProfileIdentifier: profile,
      RequiredMinimumPollIntervalInSeconds: 15,
    }),
    { abortSignal },
  );
  if (!session.InitialConfigurationToken) throw new Error("AppConfig started a session without a token");
  return session.InitialConfigurationToken;
}
