import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  propertyAt,
  referencesIn,
  referenceText,
  resolveReferences,
} from "../../../infra/preview/reference.ts";

const port = referenceText("aws:rds/cluster:Cluster", "main", "port");
const host = referenceText("aws:rds/cluster:Cluster", "main", "endpoint");
const outputs: Record<string, unknown> = { port: 5432, endpoint: 'a"b' };
const resolve = (value: unknown) => resolveReferences(value, ({ property }) => outputs[property]);

describe("references", () => {
  test("are found wherever they stand", () => {
    const value = { a: [port, { [host]: 1 }], b: `x ${host} y ${port}` };
    expect(referencesIn(value).map(({ property }) => property)).toEqual([
      "port",
      "endpoint",
      "endpoint",
      "port",
    ]);
    expect(referencesIn(port)).toEqual([{ type: "aws:rds/cluster:Cluster", name: "main", property: "port" }]);
  });

  test("a whole string becomes the output with its type, a part of one its text", () => {
    expect(resolve({ whole: port, part: `:${port}/`, list: [host] })).toEqual({
      whole: 5432,
      part: ":5432/",
      list: ['a"b'],
    });
  });

  test("in a JSON text the output is escaped, and a number stays one", () => {
    const text = resolve(JSON.stringify({ port, host, url: `${host}:${port}` }, null, 2)) as string;
    expect(JSON.parse(text)).toEqual({ port: 5432, host: 'a"b', url: 'a"b:5432' });
    expect(text).toContain("\n  ");
  });

  test("what cannot be resolved stays as it is", () => {
    const unknown = referenceText("t:m:T", "n", "p");
    expect(resolve({ unknown, json: `{"a":"${unknown}"}` })).toEqual({ unknown, json: `{"a":"${unknown}"}` });
  });

  test("any output survives a JSON text", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const text = resolveReferences(JSON.stringify({ host, x: `<${host}>` }), () => value) as string;
        expect(JSON.parse(text)).toEqual({ host: value, x: `<${value}>` });
      }),
    );
  });
});

test("a property may be a path", () => {
  expect(propertyAt({ a: [{ b: 1 }] }, "a[0].b")).toBe(1);
  expect(propertyAt({ a: 1 }, "a.b.c")).toBeUndefined();
});
