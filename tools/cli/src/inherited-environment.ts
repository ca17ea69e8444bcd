/** What a process of the stack gets of the caller's environment. The rest stays outside, so that a stack runs the same from every shell. */
export function inheritedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = INHERITED.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [(typeof INHERITED)[number], string] => entry[1] !== undefined),
  );
}

// --- internal ---

const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "LOG_LEVEL",
  "NODE_EXTRA_CA_CERTS",
  "PROXY_SECRET",
  "STREAM_TOKEN",
] as const;
