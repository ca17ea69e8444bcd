// The event triggers by which a source announces changes of its tables in its own log, where they stand between the rows written before
// and after (PostgreSQL's manual, chapter "Event Triggers"; functions of "Statement-level logical messages" under 9.28). What the
// columns were is remembered at the beginning of a command for the time of its transaction, and compared at its end, so that nothing has
// to be kept in a table. A message in the log is filed by where it ends, a row by where it begins (logicalmsg_decode in decode.c), so one
// from a sub-transaction may change places with the row behind it: an empty message keeps them apart. The functions run as their owner, may not be led astray by a search path, and swallow every error of their own:
// whoever only watches a database must never make its owner's statements fail.

/** Raised when the functions change; older ones are replaced at the next start. */
export const DDL_TRIGGER_VERSION = "strangler ddl notes 1";

/** The prefix of the notes. */
export const DDL_PREFIX = "strangler.ddl";

const COMMANDS = [
  ...["ALTER TABLE", "DROP TABLE", "ALTER SCHEMA", "DROP SCHEMA", "DROP OWNED"],
  ...["ALTER TYPE", "DROP TYPE", "DROP DOMAIN", "DROP EXTENSION"],
];

const AS_OWNER = `SECURITY DEFINER SET search_path = pg_catalog SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres'
  SET timezone = 'UTC' SET extra_float_digits = 3 SET bytea_output = 'hex' SET lc_monetary = 'C'`;

/** What a superuser runs once in the source database; it may be run again. */
export const CREATE_DDL_TRIGGER = `
CREATE SCHEMA IF NOT EXISTS strangler;

CREATE OR REPLACE FUNCTION strangler.published_columns() RETURNS jsonb LANGUAGE sql STABLE ${AS_OWNER} AS $body$
  SELECT coalesce(jsonb_object_agg(c.oid::text, jsonb_build_object('schema', n.nspname, 'table', c.relname, 'columns', (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'number', a.attnum, 'name', a.attname, 'typeId', a.atttypid::int8, 'modifier', a.atttypmod,
      'type', quote_ident(tn.nspname) || '.' || quote_ident(t.typname), 'typeName', t.typname,
      'label', format_type(a.atttypid, a.atttypmod), 'storage', a.attstorage, 'notNull', a.attnotnull,
      'isGenerated', a.attgenerated <> '', 'isNumbered', a.attidentity <> '',
      'default', pg_get_expr(d.adbin, d.adrelid),
      'missing', CASE WHEN a.atthasmissing THEN (a.attmissingval::text::text[])[1] END) ORDER BY a.attnum), '[]')
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))), '{}')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid IN (SELECT r.prrelid FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                  WHERE p.pubname LIKE 'strangler\\_%')
$body$;

CREATE OR REPLACE FUNCTION strangler.remember_columns() RETURNS event_trigger LANGUAGE plpgsql ${AS_OWNER} AS $body$
BEGIN
  PERFORM set_config('strangler.columns', strangler.published_columns()::text, true);
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'strangler does not see this change: %', SQLERRM;
END
$body$;

CREATE OR REPLACE FUNCTION strangler.note_changes() RETURNS event_trigger LANGUAGE plpgsql ${AS_OWNER} AS $body$
DECLARE
  before jsonb := nullif(current_setting('strangler.columns', true), '')::jsonb;
  after jsonb;
  relation text;
BEGIN
  IF before IS NULL OR before = '{}' THEN RETURN; END IF;
  after := strangler.published_columns();
  IF after = before THEN RETURN; END IF;
  FOR relation IN SELECT key FROM jsonb_object_keys(before) AS key WHERE before -> key IS DISTINCT FROM after -> key LOOP
    PERFORM pg_logical_emit_message(true, '${DDL_PREFIX}', jsonb_build_object('relation', relation::int8, 'tag', tg_tag,
      'statement', left(current_query(), 2000), 'before', before -> relation, 'after', after -> relation)::text);
  END LOOP;
  PERFORM pg_logical_emit_message(true, 'strangler.space', '');
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'strangler does not announce this change: %', SQLERRM;
END
$body$;

DROP EVENT TRIGGER IF EXISTS strangler_remember_columns;
CREATE EVENT TRIGGER strangler_remember_columns ON ddl_command_start
  WHEN TAG IN (${COMMANDS.map((tag) => `'${tag}'`).join(", ")}) EXECUTE FUNCTION strangler.remember_columns();
ALTER EVENT TRIGGER strangler_remember_columns ENABLE ALWAYS;
DROP EVENT TRIGGER IF EXISTS strangler_note_changes;
CREATE EVENT TRIGGER strangler_note_changes ON ddl_command_end
  WHEN TAG IN (${COMMANDS.map((tag) => `'${tag}'`).join(", ")}) EXECUTE FUNCTION strangler.note_changes();
ALTER EVENT TRIGGER strangler_note_changes ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER strangler_note_changes IS '${DDL_TRIGGER_VERSION}';
`.trim();

/** Takes all of it away again. */
export const DROP_DDL_TRIGGER = `
DROP EVENT TRIGGER IF EXISTS strangler_remember_columns;
DROP EVENT TRIGGER IF EXISTS strangler_note_changes;
DROP FUNCTION IF EXISTS strangler.remember_columns();
DROP FUNCTION IF EXISTS strangler.note_changes();
DROP FUNCTION IF EXISTS strangler.published_columns();
`.trim();
