import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readStackConfig } from "../../../infra/preview/stack-config.ts";

function written(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "config-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "Pulumi.dev-service.yaml"), text);
  return directory;
}

test("values become the texts that a program reads, objects as JSON, keys with their namespace", () => {
  const text = `config:
  aws:region: eu-west-1
  rolloutStage: "off"
  part-lens:poll: 15
  yachts:
    - id: a
      pilot: true
  token:
    secure: v1:abc
`;
  expect(readStackConfig("dev-service", written(text))).toEqual({
    "aws:region": "eu-west-1",
    "part-lens:rolloutStage": "off",
    "part-lens:poll": "15",
    "part-lens:yachts": '[{"id":"a","pilot":true}]',
    "part-lens:token": "[secret]",
  });
});

test("a missing file, broken YAML and a file without config are named", () => {
  expect(() => readStackConfig("dev-service", "/nowhere")).toThrow(/cannot read .*Pulumi.dev-service.yaml/);
  expect(() => readStackConfig("dev-service", written("config: [}"))).toThrow(/cannot read/);
  expect(() => readStackConfig("dev-service", written("secretsprovider: x"))).toThrow(/has no "config"/);
});
