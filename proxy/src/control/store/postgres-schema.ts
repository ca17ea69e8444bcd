/** The schema that holds everything of this store. */
export const SCHEMA = "strangler_routes";

/** The channel on which a change is told of. What it says is only a hint: whoever listens reads the row. */
export const CHANNEL = "strangler_routes";

/** In order; each is run once, by the owner. Never change one that was released: add another. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE ${SCHEMA}.state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL DEFAULT 1,
    text text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
  );
  -- The line is the entry, byte by byte as it was hashed; the other columns are for finding it.
  CREATE TABLE ${SCHEMA}.audit (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    line text NOT NULL
  );
  CREATE TABLE ${SCHEMA}.replicas (
    id text PRIMARY KEY,
    status text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
  );
  `,
];

/**
 * What the role of a proxy needs, and no more. Whoever changes routes, by the command or through a proxy's admin port, needs the
 * rights of `operator`; a proxy whose admin port has no operator may have those of `replica`.
 */
export const GRANTS = {
  replica: [
    `GRANT USAGE ON SCHEMA ${SCHEMA} TO :role`,
    `GRANT SELECT ON ${SCHEMA}.state, ${SCHEMA}.audit TO :role`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${SCHEMA}.replicas TO :role`,
  ],
  operator: [
    `GRANT USAGE ON SCHEMA ${SCHEMA} TO :role`,
    `GRANT SELECT, UPDATE ON ${SCHEMA}.state TO :role`,
    `GRANT SELECT, INSERT ON ${SCHEMA}.audit TO :role`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${SCHEMA}.replicas TO :role`,
  ],
} as const satisfies Record<string, readonly string[]>;

export type GrantKind = keyof typeof GRANTS;
