import type { ObjectStore } from "../../api/storage/object-store.ts";

const expires_at = "2026-11-23T12:00:00.000Z";

/** Takes every object, keeps none, and signs for everybody: where a test is not about objects. */
export const emptyStore: ObjectStore = {
  signUpload: async () => ({ url: "https://store.test/upload", method: "PUT", headers: {}, expires_at }),
  signDownload: async () => ({ url: "https://store.test/download", expires_at }),
  find: async () => undefined,
  put: async () => {},
  remove: async () => {},
};
