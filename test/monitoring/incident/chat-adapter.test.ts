import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ParameterNotFound } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "vitest";
import { chatPoster } from "../../../monitoring/incident/chat-adapter.ts";
import { tellingOf } from "../../support/incidents.ts";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A real receiver that answers with that status. */
async function receiver(status: number) {
  const got: { path: string | undefined; body: string; signature: unknown }[] = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    got.push({ path: request.url, body, signature: request.headers["x-part-lens-signature"] });
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("no");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { got, url: `http://127.0.0.1:${port}/hook/very-secret` };
}

/** The parameter store with that value. */
function poster(value: string | undefined) {
  const asked: object[] = [];
  const send = async ({ input }: { input: object }) => {
    asked.push(input);
    if (value === undefined) throw new ParameterNotFound({ message: "none", $metadata: {} });
    return { Parameter: { Value: value } };
  };
  return {
    asked,
    post: chatPoster("/part-lens/local/chat-webhook", { parameters: { send }, fetch } as never),
  };
}

describe("the chat", () => {
  it("is posted JSON that chat services show, signed where there is a key, and names only its host", async () => {
    const { got, url } = await receiver(200);
    const key = "0123456789abcdef";
    const { asked, post } = poster(JSON.stringify({ url, key }));
    const sent = await post(tellingOf());
    expect(sent).toEqual({ endpoint: new URL(url).host, messageId: "HTTP 200" });
    expect(asked).toEqual([{ Name: "/part-lens/local/chat-webhook", WithDecryption: true }]);
    const [{ body, path, signature }] = got as [(typeof got)[number]];
    expect(path).toBe("/hook/very-secret");
    expect(JSON.parse(body)).toMatchObject({
      text: `${tellingOf().subject}\nCause: rlsLeak`,
      severity: "critical",
    });
    expect(signature).toBe(`sha256=${createHmac("sha256", key).update(body).digest("hex")}`);
  });

  it("is not posted to where no webhook is configured", async () => {
    expect(await poster(undefined).post(tellingOf())).toBeUndefined();
  });

  it.each([
    [500, /answered 500$/],
    [302, /was not reached: TypeError$/],
  ])("that answers %s has not been told, and the address stays secret", async (status, message) => {
    const { got, url } = await receiver(status);
    const refused = await poster(JSON.stringify({ url }))
      .post(tellingOf())
      .catch((error: unknown) => error);
    expect(String(refused)).toMatch(message);
    expect(String(refused)).not.toContain("very-secret");
    expect(got).toHaveLength(1);
  });

  it.each([
    "not json very-secret",
    '{"url":"ftp://very-secret"}',
    '{"url":"http://a.example","key":"short"}',
  ])("with a malformed webhook says that it is, and not what it is", async (value) => {
    const refused = await poster(value)
      .post(tellingOf())
      .catch((error: unknown) => error);
    expect(String(refused)).toContain("holds no webhook");
    expect(String(refused)).not.toContain("very-secret");
  });
});
