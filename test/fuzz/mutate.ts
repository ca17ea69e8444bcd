import type { Random } from "./random.ts";

// What parsers stumble over, and what ends one thing and begins another.
const SPLINTERS = [
  ...[
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "\0",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "=",
    '"',
    "%",
    "\\",
    "/",
    "..",
    "\x0b",
    "\x7f",
    "\xff",
  ],
  ...[
    "0\r\n\r\n",
    "HTTP/1.1",
    "GET / HTTP/1.1\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: b\r\n",
  ],
  ...["Connection: close\r\n", "ffffffff\r\n", "-1", "99999999999999999999", "0x", "Expect: 100-continue\r\n"],
];

/** The text with a few of its bytes changed, lost, doubled or moved. */
export function mutate(random: Random, text: string): string {
  let mutated = text;
  for (let left = 1 + random.below(4); left > 0; left -= 1) mutated = mutateOnce(random, mutated);
  return mutated;
}

/** The text in one piece, or cut into a few at any places before `end`. */
export function cut(random: Random, text: string, end = text.length): string[] {
  if (!random.chance(20) || end < 2) return [text];
  const places = Array.from({ length: 1 + random.below(4) }, () => random.below(end)).sort((a, b) => a - b);
  return [0, ...places].map((place, index) => text.slice(place, places[index])).filter((piece) => piece !== "");
}

// --- internal ---

function mutateOnce(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.below(6)) {
    case 0:
      return before + String.fromCharCode(random.below(256)) + after;
    case 1:
      return before + String.fromCharCode(random.below(256)) + after.slice(1);
    case 2:
      return before + after.slice(1 + random.below(8));
    case 3:
      return before + random.pick(SPLINTERS) + after;
    case 4: {
      const length = random.below(40);
      return before + after.slice(0, length) + after;
    }
    default:
      return before;
  }
}
