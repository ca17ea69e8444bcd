import type { Call } from "../facts.ts";
import { sortedBy } from "../order.ts";
import type { Symbols } from "./symbols.ts";

/** Every call of a function of the code base, in the same file or another, as far as names and declared types tell. */
export function linkCalls(symbols: Symbols): Call[] {
  const byKey = new Map<string, Call>();
  for (const { path, calls } of symbols.files.values()) {
    for (const { callee, line, in: caller } of calls) {
      const target = symbols.findFunction(path, callee);
      if (!target) continue;
      const call = { file: path, line, function: caller, to: target.file, name: target.name };
      byKey.set(Object.values(call).join("\0"), call);
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
