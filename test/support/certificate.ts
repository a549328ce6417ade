import { generate } from "selfsigned";

/** PEM, both. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of that host name, new, its own authority: whoever is to trust it must be given it. */
export async function makeCertificate(host: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: host }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 24 * 3_600_000),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: host }] },
    ],
  });
  return { cert, key };
}
