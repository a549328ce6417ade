/**
 * One address block a zone, each a sixteenth of the network's: 10.20.0.0/16 gives 10.20.0.0/20, 10.20.16.0/20, …
 * Sixteenths leave room for more subnets without moving these.
 * Throws a RangeError for a network smaller than /24 or more than sixteen zones.
 */
export function zoneCidrs(cidr: string, zones: number): string[] {
  const [address = "", prefix = ""] = cidr.split("/");
  const length = Number(prefix) + 4;
  if (length > 28 || zones > 16) {
    throw new RangeError(
      `${cidr} has no room for ${zones} subnets; the network needs a prefix of at most 24`,
    );
  }
  const start = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return Array.from(
    { length: zones },
    (_, index) => `${dotted(start + index * 2 ** (32 - length))}/${length}`,
  );
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
