/** Signing in to a PostgreSQL server by SCRAM on a socket of one's own, with the start-up message of somebody else. */
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { authentication, int32, message, readMessage } from "./postgres-messages.ts";

interface Session {
  readonly mechanism: string;
  readonly response: string;
}

/** node-postgres's own SCRAM, which has no types. */
const scram = createRequire(import.meta.url)("pg/lib/crypto/sasl.js") as {
  startSession(mechanisms: readonly string[]): Session;
  /** Leaves the next answer in `session.response`. */
  continueSession(session: Session, password: string, said: string): Promise<void>;
  finalizeSession(session: Session, said: string): void;
};

/** Sends the start-up message and answers what the server asks, until it has let the user in. */
export async function signIn(server: Socket, startup: Buffer, password: string): Promise<void> {
  server.write(startup);
  let session: Session | undefined;
  for (;;) {
    const { type, body } = await readMessage(server);
    if (type !== "R") throw new Error(`the server answers a sign-in with ${type} ${body.toString("latin1")}`);
    const asked = body.readInt32BE(0);
    const said = body.subarray(4).toString();
    if (asked === authentication.ok) return;
    if (asked === authentication.sasl) {
      session = scram.startSession(said.split("\0"));
      const answer = Buffer.from(session.response);
      const parts = [Buffer.from(`${session.mechanism}\0`), int32(answer.length), answer];
      server.write(message("p", Buffer.concat(parts)));
    } else if (asked === authentication.saslContinue && session) {
      await scram.continueSession(session, password, said);
      server.write(message("p", Buffer.from(session.response)));
    } else if (asked === authentication.saslFinal && session) {
      scram.finalizeSession(session, said);
    } else throw new Error(`the server asks for authentication ${asked}`);
  }
}
