/** Where the files of incidents lie: the evidence bucket. Keys are whole ones, texts are UTF-8. */
export interface IncidentStore {
  /** Whole or not at all; false when there is an object of that key already, which then stays. */
  create(key: string, text: string): Promise<boolean>;
  /** A new version of an object that may be written again; the bucket keeps the one before. */
  put(key: string, text: string): Promise<void>;
  /** undefined when there is none. */
  read(key: string): Promise<string | undefined>;
  /** The keys that start with the prefix, in their order. */
  list(prefix: string): Promise<readonly string[]>;
}
