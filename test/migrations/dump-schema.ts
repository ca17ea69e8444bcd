import pg from "pg";

/**
 * A database's schema as text: one line per fact, in an order that depends on names only, equal on PostgreSQL 15 to 18.
 * Columns are sorted by name because their order is history, not meaning. The migration tool's own tables are left out.
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Types and expressions are then written with their schema.
    await client.query("SET search_path TO ''");
    const sections = [];
    for (const [title, sql] of Object.entries(SECTIONS)) {
      const { rows } = await client.query<{ fact: string }>(sql);
      sections.push([`# ${title}`, ...rows.map(({ fact }) => fact), ""].join("\n"));
    }
    return sections.join("\n");
  } finally {
    await client.end();
  }
}

// --- internal ---

const OURS = (relation: string) =>
  `${relation}.relnamespace = 'public'::regnamespace AND ${relation}.relname NOT LIKE 'knex\\_migrations%'`;

const SECTIONS: Readonly<Record<string, string>> = {
  extensions: `SELECT extname AS fact FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname`,

  tables: `
    SELECT format('%s%s%s', relname,
             CASE WHEN relkind = 'r' THEN '' ELSE ' kind ' || relkind::text END,
             CASE relreplident WHEN 'd' THEN '' ELSE ' replica identity ' || relreplident::text END) AS fact
      FROM pg_class t
     WHERE ${OURS("t")} AND relkind IN ('r', 'p', 'v', 'm', 'f')
     ORDER BY relname COLLATE "C"`,

  columns: `
    SELECT format('%s.%s %s%s%s%s%s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
             CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
             CASE a.attidentity WHEN 'd' THEN ' identity by default' WHEN 'a' THEN ' identity always' ELSE '' END,
             CASE a.attgenerated WHEN '' THEN '' ELSE ' generated ' || a.attgenerated::text END,
             coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) AS fact
      FROM pg_attribute a
      JOIN pg_class t ON t.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE ${OURS("t")} AND t.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY t.relname COLLATE "C", a.attname COLLATE "C"`,

  // PostgreSQL 18 also lists NOT NULL here; it stands with the columns.
  constraints: `
    SELECT format('%s %s %s', t.relname, c.conname, pg_get_constraintdef(c.oid)) AS fact
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid
     WHERE ${OURS("t")} AND c.contype <> 'n'
     ORDER BY t.relname COLLATE "C", c.conname COLLATE "C"`,

  indexes: `
    SELECT pg_get_indexdef(i.indexrelid) AS fact
      FROM pg_index i
      JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_class x ON x.oid = i.indexrelid
     WHERE ${OURS("t")}
     ORDER BY t.relname COLLATE "C", x.relname COLLATE "C"`,

  sequences: `
    SELECT format('%s %s start %s increment %s', t.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement)
             AS fact
      FROM pg_sequence s
      JOIN pg_class t ON t.oid = s.seqrelid
     WHERE ${OURS("t")}
     ORDER BY t.relname COLLATE "C"`,

  types: `
    SELECT format('%s %s', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)) AS fact
      FROM pg_type t
      JOIN pg_enum e ON e.enumtypid = t.oid
     WHERE t.typnamespace = 'public'::regnamespace
     GROUP BY t.typname
     ORDER BY t.typname COLLATE "C"`,

  functions: `
    SELECT pg_get_functiondef(p.oid) AS fact
      FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
     ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid)`,

  triggers: `
    SELECT format('%s%s', pg_get_triggerdef(g.oid), CASE g.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || g.tgenabled::text END)
             AS fact
      FROM pg_trigger g
      JOIN pg_class t ON t.oid = g.tgrelid
     WHERE ${OURS("t")} AND NOT g.tgisinternal
     ORDER BY t.relname COLLATE "C", g.tgname COLLATE "C"`,
};
