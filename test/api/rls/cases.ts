export const roles = ["part_lens_api", "part_lens_migrator", "part_lens_auditor"] as const;
export const operations = ["select", "insert", "update", "delete"] as const;
export const situations = ["own", "foreignYacht", "foreignTenant", "anonymous"] as const;
export type CaseRole = (typeof roles)[number];
export type Operation = (typeof operations)[number];
export type Situation = (typeof situations)[number];
export type Outcome = string;
export const touched: Record<string, string> = {
  pms_inventory_stock: "quantity", pms_idempotency_keys: "result", storage_objects: "state",
};
