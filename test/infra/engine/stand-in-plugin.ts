/**
 * The stand-in as a plugin that the engine starts itself: it is where a real provider would be, and refuses to be
 * configured where the file of authorities that it is told of is not to be read from there.
 */
import { accessSync } from "node:fs";
import { startStandInProvider } from "./stand-in-provider.ts";

function configured({ sslrootcert }: Readonly<Record<string, unknown>>): void {
  if (typeof sslrootcert !== "string") throw new Error("no sslrootcert is given");
  accessSync(sslrootcert);
}

const { port } = await startStandInProvider({ region: "eu-west-1", configured });
// How a plugin says where it listens.
console.log(port);
