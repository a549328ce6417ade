import type { ObjectStore } from "./object-store.ts";

/** A store that is made by the first request that needs it: AWS's clients cost a cold start. */
export function onDemandStore(make: () => Promise<ObjectStore>): ObjectStore {
  let made: Promise<ObjectStore> | undefined;
  const store = () => {
    made ??= make();
    return made;
  };
  return {
    signUpload: async (...asked) => (await store()).signUpload(...asked),
    signDownload: async (...asked) => (await store()).signDownload(...asked),
    find: async (...asked) => (await store()).find(...asked),
    put: async (...asked) => (await store()).put(...asked),
    remove: async (...asked) => (await store()).remove(...asked),
  };
}
