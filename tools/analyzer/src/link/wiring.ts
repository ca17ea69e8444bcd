import type { Link } from "../facts.ts";
import { sortedBy } from "../order.ts";
import type { Text } from "../source-facts.ts";
import type { Symbols } from "./symbols.ts";
import { fillConstants } from "./text-values.ts";

/**
 * Who asks a container for what another file provides: one link of kind `injection` for each file, provider and token,
 * from the asking to the providing file. `uses` counts the asks. Tokens that nobody or more than one provides link to
 * none. The links tell of dependencies at run time, as calls do, and not of imports: no cycle consists of them. A
 * provider that everybody asks for has as many links; to damp them is the graph's business.
 */
export function linkWiring(symbols: Symbols): Link[] {
  const byKey = new Map<string, Link>();
  for (const { path, wiring } of symbols.files.values()) {
    for (const { token, line, in: taker, by } of wiring.asks) {
      const isAsk =
        by === "call" || taker?.endsWith("#constructor") || symbols.isFactory({ file: path, name: taker ?? "" });
      const provider = isAsk ? symbols.providerOf(path, token) : null;
      if (!provider || provider.file === path) continue;
      const name = shown(fillConstants(symbols, path, token));
      const key = [provider.file, path, name].join("\0");
      const known = byKey.get(key);
      if (known) known.uses += 1;
      else byKey.set(key, { file: path, line, to: provider.file, name, kind: "injection", uses: 1, via: null });
    }
  }
  return sortedBy(
    [...byKey.values()],
    (x) => x.file,
    (x) => x.line,
    (x) => x.to,
    (x) => x.name,
  );
}

// --- internal ---

function shown(token: Text): string {
  return token.map((part) => (typeof part === "string" ? part : "name" in part ? part.name : part.hole)).join("");
}
