import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assumedPrices,
  endpointCost,
  endpointPaysFrom,
  endpointsPayUpTo,
  natCost,
} from "../../../infra/network/egress-cost.ts";
import { endpointServices } from "../../../infra/network/network.ts";

const round = {
  hoursOfMonth: 100,
  endpointHour: 1,
  endpointGigabyte: 2,
  natHour: 3,
  natGigabyte: 4,
  addressHour: 5,
};

describe("the cost of a way out", () => {
  it("is by service, zone, hour and gigabyte for endpoints, and by zone, hour and gigabyte for NAT", () => {
    expect(endpointCost({ services: 3, zones: 2, gigabytes: 10 }, round)).toBe(3 * 2 * 100 + 10 * 2);
    expect(natCost({ zones: 2, gigabytes: 10 }, round)).toBe(2 * 100 * (3 + 5) + 10 * 4);
  });

  it("makes an endpoint pay beside a NAT gateway exactly from where its hours are saved by its gigabytes", () => {
    expect(endpointPaysFrom(1, round)).toBe(100 / (4 - 2));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 5000 }), (zones, gigabytes) => {
        const endpoint = endpointCost({ services: 1, zones, gigabytes });
        const through = gigabytes * assumedPrices.natGigabyte;
        expect(endpoint <= through).toBe(gigabytes >= endpointPaysFrom(zones));
      }),
    );
  });

  it("makes as many endpoints cost less than NAT gateways of their own as it says, and not one more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 500 }), (zones, gigabytes) => {
        const most = endpointsPayUpTo(zones, gigabytes);
        const nat = natCost({ zones, gigabytes });
        expect(endpointCost({ services: most, zones, gigabytes })).toBeLessThanOrEqual(nat);
        expect(endpointCost({ services: most + 1, zones, gigabytes })).toBeGreaterThan(nat);
      }),
    );
  });

  it("is in docs/cost.md as it is computed", () => {
    const text = readFileSync("docs/cost.md", "utf8");
    const services = Object.keys(endpointServices).length;
    const figures = {
      [`${services} services, three zones: endpoints`]: endpointCost({ services, zones: 3, gigabytes: 0 }),
      [`${services} services, one zone: endpoints`]: endpointCost({ services, zones: 1, gigabytes: 0 }),
      "NAT gateway, three zones": natCost({ zones: 3, gigabytes: 0 }),
      "NAT gateway, one zone": natCost({ zones: 1, gigabytes: 0 }),
      "GB a month from which one endpoint pays beside a NAT gateway, three zones": endpointPaysFrom(3),
      "GB a month from which one endpoint pays beside a NAT gateway, one zone": endpointPaysFrom(1),
      "services up to which endpoints cost less than NAT gateways made for them": endpointsPayUpTo(3, 0),
    };
    for (const [what, figure] of Object.entries(figures))
      expect(text).toContain(`| ${what} | ${Math.round(figure)} |`);
  });
});
