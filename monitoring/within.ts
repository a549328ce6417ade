/** The work took longer than it was given; it may still go on. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";
}

/** The work's result; rejects with a TimeLimitError when it takes longer. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new TimeLimitError(`not done within ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
