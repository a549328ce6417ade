import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../context.ts";
import { ApiError } from "../errors.ts";

/**
 * Answers 504 when the handler takes longer, ahead of Lambda's own timeout, which would leave no metric. Sets
 * `signal`: what is under way runs on, but no new statement is sent once it is aborted.
 */
export function deadline(milliseconds: number) {
  return createMiddleware<ApiEnv>(async function deadline(c, next) {
    const controller = new AbortController();
    c.set("signal", controller.signal);
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new ApiError("deadline_exceeded");
        controller.abort(error);
        reject(error);
      }, milliseconds);
    });
    try {
      await Promise.race([next(), passed]);
    } finally {
      clearTimeout(timer);
    }
  });
}
