import { TOTP } from "otpauth";
import { afterEach, expect, test, vi } from "vitest";
import { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import { SignedActions } from "../../../infra/local/rehearsal/signed-actions.ts";

afterEach(() => vi.restoreAllMocks());

const captain = {
  userId: "c0000000-0000-4000-8000-000000000001",
  yachtId: "a0000000-0000-4000-8000-000000000001",
  role: "captain",
  pin: "271828",
  totpSecret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
} as const;
const part = { yachtId: captain.yachtId, partId: "p", stock: 3, reorderMultiple: 1 };
const endOfStep = 1_800_000_029_999;

test("a code is that of the step that is noted as used, also when the next step begins meanwhile", () => {
  const signed = new SignedActions([captain], [part as never], new Seeded("x"), 10);
  vi.spyOn(Date, "now")
    .mockReturnValueOnce(endOfStep)
    .mockReturnValue(endOfStep + 1);
  const codes = [1, 2].map(() => {
    const { body } = signed.next([captain.yachtId]) ?? {};
    return (body as unknown as { payload: { signature: { totp: string } } }).payload.signature.totp;
  });
  const totp = new TOTP({ secret: captain.totpSecret });
  expect(codes).toEqual([endOfStep, endOfStep + 1].map((timestamp) => totp.generate({ timestamp })));
  expect(signed.next([captain.yachtId])).toBeUndefined();
});
