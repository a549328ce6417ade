/** v2 fails while something is wrong with a way down. */
import { errors } from "../../faults/errors.ts";
import { atEveryStage, ends } from "../../faults/script.ts";
import { denied } from "../../faults/ways-down.ts";
import { moments } from "../../rehearsal/options.ts";
import type { Replay, ReplayHost } from "../replay.ts";

const everywhere = ["canary-5", "ramp-20", "ramp-50", "full-100"] as const;

const failing = {
  expected: errors.expected,
  leaves: ({ version }) => (version === "v2" ? { status: 500 } : {}),
} satisfies Partial<Replay>;

/** Somebody deploys in the kill switch's own environment, with a bake: AppConfig takes no second one beside it. */
const occupied: ReplayHost = {
  apply({ aws, service }) {
    const { killSwitch, armedVersion, strategyIds } = service.flags;
    aws.appConfig.startDeployment({
      ...killSwitch,
      version: armedVersion,
      strategyId: String(strategyIds["60"]),
      description: "somebody else's",
    });
  },
  clear: () => {},
};

function both(...hosts: readonly ReplayHost[]): ReplayHost {
  return {
    async apply(stack) {
      for (const host of hosts) await host.apply(stack);
    },
    async clear(stack) {
      for (const host of hosts) await host.clear(stack);
    },
  };
}

export const pinAlone: Replay = {
  ...failing,
  description: "v2 answers 500, and the rollback function may not move the kill switch",
  at: everywhere,
  moments,
  way: "pin",
  host: denied("appconfig", "rollback"),
};

export const killSwitchAlone: Replay = {
  ...failing,
  description: "v2 answers 500, and the pin function may not change the integration",
  at: everywhere,
  moments,
  way: "killSwitch",
  host: denied("apigateway", "pin"),
};

export const appConfigConflict: Replay = {
  ...failing,
  description:
    "v2 answers 500, another deployment bakes in the kill switch's environment, and the pin is broken",
  at: ["canary-5", "full-100"],
  way: "killSwitch",
  host: both(occupied, denied("apigateway", "pin")),
};

/** The steps after the one that fails are taken all the same. */
export const notificationsDown: Replay = {
  ...failing,
  description: "v2 answers 500, and neither way down may publish to the topic of people",
  at: ["canary-5", "full-100"],
  notLeft: { contacts: "neither way down may publish to them" },
  host: both(denied("sns", "rollback"), denied("sns", "pin")),
};

/** No alarm: nothing fails. But nobody knows what the documents say, so v1 serves. Source: design.md, decision 2. */
export const pollOutage: Replay = {
  description: "the functions cannot reach their documents any more",
  expected: atEveryStage(ends("inconclusive")),
  at: ["canary-5", "ramp-50"],
  hidesExposure: true,
  v2OffWithinSeconds: 60,
  host: {
    apply(stack) {
      stack.documentsLost = true;
    },
    clear(stack) {
      stack.documentsLost = false;
    },
  },
};
