import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Driver, idleMilliseconds } from "../../../infra/local/rehearsal/driver.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers after so many milliseconds, and a driver of it. */
async function driven(milliseconds = 0) {
  const server = createServer((_request, response) => {
    setTimeout(() => response.end('{"ok":true}'), milliseconds);
  });
  // As long as a Node server waits by itself, and longer: here the driver alone ends what is idle.
  expect(idleMilliseconds).toBeLessThan(server.keepAliveTimeout);
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const connected = once(server, "connection").then(([socket]) => socket as Socket);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { driver: new Driver(url, 2), connected };
}

const health = { method: "GET", path: "/v1/health", token: "t" } as const;

test("the driver itself ends a connection that nobody uses, before the server does", async () => {
  const { driver, connected } = await driven();
  expect((await driver.send(health)).status).toBe(200);
  const socket = await connected;
  let endedByDriver = false;
  socket.once("end", () => {
    endedByDriver = true;
  });
  await once(socket, "close");
  expect(endedByDriver).toBe(true);
  driver.close();
});

test("the driver waits for an answer longer than for a connection's next use", async () => {
  const { driver } = await driven(3_500);
  expect(await driver.send(health)).toMatchObject({ status: 200, body: { ok: true } });
  driver.close();
});

test("a connection that breaks is an answer with status 0", async () => {
  const { driver, connected } = await driven(60_000);
  const answer = driver.send(health);
  (await connected).destroy();
  expect(await answer).toMatchObject({ status: 0, version: undefined, body: {} });
  expect((await answer).failure).toBe("ECONNRESET on a new connection");
  driver.close();
});
