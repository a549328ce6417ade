/**
 * A port on 127.0.0.1 that nobody listens on. One that was free a moment ago may be another test's server by now; this
 * one is handed out to nobody.
 */
export const closedPort = 1;
