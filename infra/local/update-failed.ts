/** A step of a local update failed. What was done before it is in the state: correct the cause and run it again. */
export class UpdateFailed extends Error {
  override readonly name = "UpdateFailed";
  /** "type name" of the resource. */
  readonly resource: string;

  constructor(resource: { readonly type: string; readonly name: string }, cause: unknown) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    super(`${resource.type} ${resource.name}: ${reason}`, { cause });
    this.resource = `${resource.type} ${resource.name}`;
  }
}
