import { expect, test } from "vitest";
import { jobsEnv } from "../../monitoring/jobs-env.ts";

const variables = {
  STACK_ENVIRONMENT: "prod",
  MASTER_HOST: "master.example",
  MASTER_PORT: "5432",
  MASTER_DATABASE: "part_lens_master",
};

test("a job's variables say the environment and where MASTER is", () => {
  const master = { host: "master.example", port: 5432, database: "part_lens_master" };
  expect(jobsEnv(variables)).toEqual({ environment: "prod", master });
});

test("every problem of the variables is named in one error", () => {
  const wrong = { ...variables, MASTER_PORT: "none", MASTER_HOST: undefined };
  expect(() => jobsEnv(wrong)).toThrow(/MASTER_HOST is not set; MASTER_PORT: /);
});
