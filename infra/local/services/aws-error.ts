/** A refusal as AWS words it: `code` is the exception's name, `status` its HTTP status. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(`${code}: ${message}`);
    this.code = code;
    this.status = status;
  }
}
