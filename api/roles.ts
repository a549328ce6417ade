/** The roles a member can have on a yacht. `hod`: head of department. Source: domain.md, "Identity and roles". */
export const roles = {
  crew: { hod: false },
  deckhand: { hod: false },
  steward: { hod: false },
  bosun: { hod: false },
  eto: { hod: false },
  purser: { hod: true },
  chief_officer: { hod: true },
  chief_engineer: { hod: true },
  captain: { hod: true },
  manager: { hod: true },
} as const satisfies Record<string, { hod: boolean }>;

export type Role = keyof typeof roles;

/** Who may do what, by name; the catalogues of both versions refer to it. Source: domain.md, "Actions". */
export const groups = {
  member: Object.keys(roles) as Role[],
  hod: (Object.keys(roles) as Role[]).filter((role) => roles[role].hod),
  stockKeeper: ["deckhand", "bosun", "eto", "chief_officer", "chief_engineer", "captain", "manager"],
  stockMover: ["bosun", "eto", "chief_officer", "chief_engineer", "captain", "manager"],
  requester: [
    "deckhand",
    "steward",
    "bosun",
    "eto",
    "purser",
    "chief_officer",
    "chief_engineer",
    "captain",
    "manager",
  ],
  labeller: ["chief_officer", "chief_engineer", "captain", "manager"],
  stockAdjuster: ["chief_engineer", "captain", "manager"],
} as const satisfies Record<string, readonly Role[]>;
