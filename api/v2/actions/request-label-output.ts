import * as z from "zod";
import { type ActionContext, defineAction } from "../../action.ts";
import { ApiError } from "../../errors.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";
import type { ObjectPlace, SignedDownload } from "../../storage/object-store.ts";

const action = "request_label_output";

/** Hands a label document out: by a signed URL, or to the queue of a printer or a mailer. */
export const requestLabelOutput = defineAction({
  kind: "mutate",
  roles: groups.labeller,
  payload: z.strictObject({ document_id: uuid, output: z.enum(["download", "print", "email"]) }),
  handler: async (context, { document_id: object_id, output }) => {
    const { scope, call, store } = context;
    const place = (await call("v2_label_document", { action, object_id })) as ObjectPlace;
    if (output === "download") {
      const signed = await store.signDownload(scope.yacht_id, place);
      return {
        ...(await call("v2_request_label_output", { object_id, output, output_state: "signed" })),
        ...signed,
      };
    }
    await queued(context, object_id, output, place);
    return call("v2_request_label_output", { object_id, output, output_state: "queued" });
  },
});

// Queued first, recorded second: a lost answer may order twice, under the same id, but never loses an order.
async function queued(
  { scope, store, queueOutput }: ActionContext,
  document_id: string,
  output: "print" | "email",
  place: ObjectPlace,
): Promise<void> {
  if (!queueOutput) throw new ApiError("output_not_configured");
  const signed: SignedDownload = await store.signDownload(scope.yacht_id, place);
  const orderId = scope.idempotency_key ? `${scope.yacht_id}/${scope.idempotency_key}` : scope.execution_id;
  const { yacht_id, user_id: requested_by } = scope;
  await queueOutput(orderId ?? scope.request_id, { output, yacht_id, document_id, requested_by, ...signed });
}
