import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { outputNames } from "../../../infra/preview/outputs.ts";

/** The declaration of a resource class: `aws:sns/topic:Topic` lies in @pulumi/aws/sns/topic.d.ts. */
function declaration(type: string): string {
  const [pack = "", module = ""] = type.split(":");
  const path = module.replace(/^index\//, "");
  return readFileSync(`node_modules/@pulumi/${pack}/${path}.d.ts`, "utf8");
}

const types = Object.keys(outputNames).filter((type) => !type.startsWith("pulumi:"));

test.each(types)("the outputs listed for %s are those of its class", (type) => {
  const text = declaration(type);
  const missing = outputNames[type as keyof typeof outputNames].filter(
    (path: string) => !text.includes(`readonly ${path.split(/[.[]/)[0]}: pulumi.Output<`),
  );
  expect(missing).toEqual([]);
});
