/** What the name of a call says of transactions; see KINDS. */
export type Kind = keyof typeof KINDS;

/** The words for transactions of all libraries, as far as this name is one of them. */
export function kindsOf(name: string): readonly Kind[] {
  const known = kindsByName.get(name);
  if (known) return known;
  const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => KINDS[kind].test(name));
  kindsByName.set(name, kinds);
  return kinds;
}

export const MIDDLEWARE = /^(?:with|use|in|open)?_?(?:db)?_?transaction(?:al)?(?:_?middleware)?$/i;

export const METHOD_DECORATOR = /^(?!.*(?:No|Without|Skip|Outside|Non)[A-Z]?)\w*Transaction(?:al|Manager)?$/;
export const CLASS_DECORATOR = /^Transaction(?:al)?$/;

export const BEGIN_TEXT =
  /^\s*(?:begin|start\s+transaction)(?:\s+(?:work|transaction|isolation|read|deferred|immediate)[\w\s]*)?;?\s*$/i;
export const COMMIT_TEXT = /^\s*(?:commit|end)(?:\s+(?:work|transaction))?;?\s*$/i;

export const COMMITS = /\bcommit\w*\s*\(/;
export const COMMITS_TEXT = /["'`]\s*commit\b/i;

// --- internal ---

/**
 * `scope`: a callback of it runs inside; `open` and `close`: by hand; `text`: its argument is SQL, which may say so;
 * `route`: a handler of it may run inside one that a middleware opens.
 */
const KINDS = {
  scope:
    /^\$?(?:(?:run|do|execute|perform|use|create|start|begin|open|wrap)?_?(?:with|in|within|inside)?_?(?:db|database)?_?(?:transact(?:ion)?(?:al|ally)?|tx|trx|txn)|(?:run)?atomic\w*|begin)_?$/i,
  open: /^(?:transaction|(?:start|begin)(?:Transaction|Trx|Tx)?|unmanagedTransaction)$/,
  close: /^\$?commit(?:\w*Transaction)?$/,
  text: /^(?:query|execute|exec|run|raw|unsafe|\$(?:query|execute)Raw\w*)$/,
  route: /^(?:get|post|put|patch|delete|del|all|head|options)$/,
} as const;

// Every call of a code base asks, and mostly for the same names.
const kindsByName = new Map<string, readonly Kind[]>();
