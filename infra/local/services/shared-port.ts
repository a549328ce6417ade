import net from "node:net";

/**
 * A port that is bound here and listened on by child processes. As the socket is one and the same for all of them,
 * a connection that waits for one child is taken by the next: neither a switch nor a restart refuses any.
 */
export interface SharedPort {
  close(): void;
}

/**
 * Node's cluster module binds its workers' ports with this function; it has no documented name. (Two sockets with
 * `reusePort` lost the connections that were waiting for the one that closed: six in 2,000 requests.)
 */
type Bind = (address: string, port: number, family: 4, fd: -1, flags: 0) => SharedPort | number;

/** Binds 127.0.0.1:port. Throws when the port is taken. */
export function bindSharedPort(port: number): SharedPort {
  const bind = (net as unknown as { _createServerHandle: Bind })._createServerHandle;
  const handle = bind("127.0.0.1", port, 4, -1, 0);
  if (typeof handle === "number")
    throw new Error(`port ${port} of 127.0.0.1 cannot be bound (error ${handle})`);
  return handle;
}
