import type { Fault } from "./fault.ts";
import { atEveryStage, ends } from "./script.ts";

const every = 100;
let asked = 0;

/** Too few for any alarm. A stage allows no 5xx at all, so the judge takes it one stage down. */
export const fewErrors: Fault = {
  description: `v2 answers 500 once in ${every} requests`,
  expected: atEveryStage(ends("fail", "serverErrors")),
  at: ["canary-5", "ramp-20"],
  fromStart: true,
  wrap: (handler) => async (context, payload) => {
    asked += 1;
    if (asked % every === 0) throw new Error("injected by the rehearsal: v2 fails now and then");
    return handler(context, payload);
  },
};
