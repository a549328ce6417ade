import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { AppConfigService } from "./app-config-service.ts";
import { AwsError } from "./aws-error.ts";
import { type EndpointAnswer, jsonAnswer, type SignedRequest } from "./endpoint-protocol.ts";

const sessionInput = z.object({
  ApplicationIdentifier: z.string(),
  EnvironmentIdentifier: z.string(),
  ConfigurationProfileIdentifier: z.string(),
});
type Session = z.infer<typeof sessionInput> & { readonly version: number | undefined };

const pollSeconds = 15;

/** AppConfig's data plane: a session, and the document that its token is good for once; unchanged is an empty body. */
export class AppConfigData {
  readonly #appConfig: AppConfigService;
  readonly #sessions = new Map<string, Session>();

  constructor(appConfig: AppConfigService) {
    this.#appConfig = appConfig;
  }

  answer({ method, path, query, body }: SignedRequest): EndpointAnswer {
    if (method === "POST" && path === "/configurationsessions") {
      const session = sessionInput.parse(JSON.parse(Buffer.from(body).toString()));
      return jsonAnswer(201, { InitialConfigurationToken: this.#token({ ...session, version: undefined }) });
    }
    if (method === "GET" && path === "/configuration")
      return this.#latest([query.configuration_token].flat()[0] ?? "");
    throw new AwsError("NotImplemented", `AppConfigData operation ${method} ${path} is not simulated`, 501);
  }

  #latest(token: string): EndpointAnswer {
    const session = this.#sessions.get(token);
    if (!session) throw new AwsError("BadRequestException", "the token was used before, or never given");
    this.#sessions.delete(token);
    const { ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier } = session;
    const live = this.#appConfig.live(
      ApplicationIdentifier,
      EnvironmentIdentifier,
      ConfigurationProfileIdentifier,
    );
    const unchanged = live === undefined || live.version === session.version;
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "next-poll-configuration-token": this.#token({ ...session, version: live?.version }),
        "next-poll-interval-in-seconds": `${pollSeconds}`,
      },
      body: unchanged ? "" : live.content,
    };
  }

  #token(session: Session): string {
    const token = randomUUID();
    this.#sessions.set(token, session);
    return token;
  }
}
