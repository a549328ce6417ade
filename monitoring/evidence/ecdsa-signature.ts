/**
 * ECDSA signatures over P-256 in DER, as KMS and openssl give and take them. To every signature (r, s) there is a
 * second valid one, (r, n - s): ours are those with the lower s, so that a bundle has one signature and no other.
 */

/** The order of P-256. Source: SEC 2, section 2.4.2. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same signature with the lower s. Throws a RangeError for what is no such signature. */
export function withLowS(der: Uint8Array): Buffer {
  const [r, s] = numbersOf(der);
  return derOf(r, s > order / 2n ? order - s : s);
}

/** Whether it is the signature that `withLowS` would give, to the byte. */
export function hasLowS(der: Uint8Array): boolean {
  try {
    return withLowS(der).equals(der);
  } catch {
    return false;
  }
}

function numbersOf(der: Uint8Array): [r: bigint, s: bigint] {
  const bytes = Buffer.from(der);
  const rLength = bytes[3] ?? 0;
  const sLength = bytes[5 + rLength] ?? 0;
  const whole = bytes[0] === 0x30 && bytes[1] === bytes.length - 2 && bytes.length === rLength + sLength + 6;
  if (!whole || bytes[2] !== 2 || bytes[4 + rLength] !== 2 || rLength === 0 || sLength === 0)
    throw new RangeError("this is no ECDSA signature in DER");
  return [numberOf(bytes.subarray(4, 4 + rLength)), numberOf(bytes.subarray(6 + rLength))];
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function derOf(r: bigint, s: bigint): Buffer {
  const numbers = Buffer.concat([integerOf(r), integerOf(s)]);
  return Buffer.concat([Buffer.from([0x30, numbers.length]), numbers]);
}

/** As short as it can be, with a zero before a first bit that would be a sign. */
function integerOf(value: bigint): Buffer {
  const hex = value.toString(16);
  const digits = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  const unsigned = (digits[0] as number) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return Buffer.concat([Buffer.from([2, unsigned.length]), unsigned]);
}
