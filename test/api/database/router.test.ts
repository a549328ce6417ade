import { describe, expect, test } from "vitest";
import { createRouter } from "../../../api/database/router.ts";

const route = { role: "captain", tenant: "alpha", host: "h", port: 1, database: "d" };

function counting(answers: readonly (typeof route | undefined | Error)[]) {
  const asked: string[] = [];
  const master = {
    route: async (user: string, yacht: string) => {
      asked.push(`${user}/${yacht}`);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { master, asked };
}

describe("the router", () => {
  test("asks once for requests that come together, and again after five seconds", async () => {
    let now = 0;
    const { master, asked } = counting([route]);
    const router = createRouter(master, { now: () => now });
    expect(await Promise.all([router("u", "y"), router("u", "y")])).toEqual([route, route]);
    now = 4_999;
    await router("u", "y");
    expect(asked).toEqual(["u/y"]);
    now = 5_000;
    await router("u", "y");
    expect(asked).toEqual(["u/y", "u/y"]);
  });

  test("keeps users and yachts apart, and keeps a no as well", async () => {
    const { master, asked } = counting([undefined]);
    const router = createRouter(master);
    expect(await router("u", "y")).toBeUndefined();
    await router("u", "y");
    await router("u", "z");
    expect(asked).toEqual(["u/y", "u/z"]);
  });

  test("does not keep a failure", async () => {
    const { master } = counting([new Error("down"), route]);
    const router = createRouter(master);
    await expect(router("u", "y")).rejects.toThrow("down");
    expect(await router("u", "y")).toEqual(route);
  });
});
