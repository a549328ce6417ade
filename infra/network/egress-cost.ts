/**
 * What a way out of the private network costs: interface endpoints against NAT gateways, in US dollars a month.
 * docs/cost.md says what follows; a test holds its figures to these.
 */

/** Prices in US dollars for eu-west-1, rounded. All are assumptions: check against the current price list. */
export const assumedPrices = {
  hoursOfMonth: 730,
  /** An interface endpoint in one zone. */
  endpointHour: 0.011,
  endpointGigabyte: 0.01,
  natHour: 0.048,
  natGigabyte: 0.048,
  /** A NAT gateway's public address. */
  addressHour: 0.005,
} as const;

export type EgressPrices = Readonly<Record<keyof typeof assumedPrices, number>>;

/** Services reached by endpoints in a number of zones. */
export interface EndpointUse {
  readonly services: number;
  readonly zones: number;
  /** A month, through all of them. */
  readonly gigabytes: number;
}

export interface NatUse {
  readonly zones: number;
  readonly gigabytes: number;
}

/** Endpoints cost by service, zone and hour, whatever goes through, and little by what does. */
export function endpointCost(use: EndpointUse, prices: EgressPrices = assumedPrices): number {
  const { services, zones, gigabytes } = use;
  return services * zones * prices.hoursOfMonth * prices.endpointHour + gigabytes * prices.endpointGigabyte;
}

/** A NAT gateway costs by zone and hour, for all services together, and as much by what goes through. */
export function natCost({ zones, gigabytes }: NatUse, prices: EgressPrices = assumedPrices): number {
  const hours = zones * prices.hoursOfMonth;
  return hours * (prices.natHour + prices.addressHour) + gigabytes * prices.natGigabyte;
}

/**
 * The gigabytes a month from which one service's endpoint costs less than a NAT gateway that is there anyway.
 * Below it the endpoint is paid for what a route costs too: availability in its zones, and no way to the internet.
 */
export function endpointPaysFrom(zones: number, prices: EgressPrices = assumedPrices): number {
  const fixed = endpointCost({ services: 1, zones, gigabytes: 0 }, prices);
  return fixed / (prices.natGigabyte - prices.endpointGigabyte);
}

/** How many services' endpoints cost less than NAT gateways made for them in the same zones. */
export function endpointsPayUpTo(
  zones: number,
  gigabytes: number,
  prices: EgressPrices = assumedPrices,
): number {
  const nat = natCost({ zones, gigabytes }, prices);
  const one = endpointCost({ services: 1, zones, gigabytes: 0 }, prices);
  return Math.max(0, Math.floor((nat - gigabytes * prices.endpointGigabyte) / one));
}
