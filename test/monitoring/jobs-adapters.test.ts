import { type GetParameterCommand, ParameterNotFound, PutParameterCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { parameterCursors } from "../../monitoring/jobs-adapters.ts";

/** SSM as far as a cursor sees it. */
function parameterStore(failure?: Error) {
  const parameters = new Map<string | undefined, string | undefined>();
  const send = async (command: unknown) => {
    if (failure) throw failure;
    if (command instanceof PutParameterCommand) {
      expect(command.input).toMatchObject({ Type: "String", Overwrite: true });
      parameters.set(command.input.Name, command.input.Value);
      return {};
    }
    const { Name } = (command as GetParameterCommand).input;
    if (!parameters.has(Name)) throw new ParameterNotFound({ message: `no ${Name}`, $metadata: {} });
    return { Parameter: { Value: parameters.get(Name) } };
  };
  return { parameters, cursors: parameterCursors("prod", { send } as never) };
}

test("each tenant's cursor is a parameter of its own; one that was never written is none", async () => {
  const { parameters, cursors } = parameterStore();
  expect(await cursors.read("north")).toBeUndefined();
  await cursors.write("north", "2026-11-23T12:00:00.000Z");
  expect(await cursors.read("north")).toBe("2026-11-23T12:00:00.000Z");
  expect(await cursors.read("south")).toBeUndefined();
  expect([...parameters.keys()]).toEqual(["/part-lens/prod/jobs/reconciliation/north"]);
});

test("a parameter store that does not answer is no lost cursor: the run fails", async () => {
  const { cursors } = parameterStore(new Error("throttled"));
  await expect(cursors.read("north")).rejects.toThrow("throttled");
});
