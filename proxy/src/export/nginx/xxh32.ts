import { MONOLITH } from "../../routes/stages.ts";
import { sharedRules, type Answer, type Model, type Rule } from "../model.ts";
import { variableOf } from "./syntax.ts";

// nginx knows MurmurHash2 but not XXH32. Its own script module (Debian: libnginx-mod-http-js) has 32-bit integer arithmetic.

export const XXH32_FILE = "strangler.js";

type Shared = { rule: Rule; split: Extract<Answer, { by: "share" }> };

/** The routes that ask for the hash that has to be brought along. */
export function xxh32Rules(model: Model): Shared[] {
  return sharedRules(model).filter(({ split }) => split.hash === "xxh32-mod");
}

/** Imports the script and names a variable for each of its routes. */
export function importLines(model: Model): string[] {
  const rules = xxh32Rules(model);
  if (rules.length === 0) return [];
  const lines = rules.map(
    ({ rule }) => `js_set $${variableOf("side", rule.id)} strangler.${variableOf("side", rule.id)};`,
  );
  return [
    [
      `# Sides by XXH32. Needs the module njs, and the script beside nginx.conf or in js_path.`,
      `js_import strangler from ${XXH32_FILE};`,
      ...lines,
    ].join("\n"),
  ];
}

/** The script: one function for each route. `customerOf` names the variable that holds the customer. */
export function xxh32Script(model: Model, customerOf: (split: Shared["split"]) => string): string {
  const functions = xxh32Rules(model).map(({ rule, split }) => {
    const side = `bucketOf("${rule.id}", r.rawVariables.${customerOf(split)}) < ${split.share}`;
    return `function ${variableOf("side", rule.id)}(r) {\n  return ${side} ? "${split.name}" : "${MONOLITH}";\n}`;
  });
  const names = xxh32Rules(model).map(({ rule }) => variableOf("side", rule.id));
  return [HASH, ...functions, `export default { ${names.join(", ")} };`, ""].join("\n\n").trimEnd().concat("\n");
}

// --- internal ---

const HASH = `// Made by "strangler route export --to nginx". XXH32 with seed 0 over route and customer, modulo 10,000.

var P1 = 0x9e3779b1, P2 = 0x85ebca77, P3 = 0xc2b2ae3d, P4 = 0x27d4eb2f, P5 = 0x165667b1;

function rotate(value, bits) {
  return (value << bits) | (value >>> (32 - bits));
}

function bucketOf(salt, customer) {
  var octets = Buffer.concat([Buffer.from(salt), customer || Buffer.from("")]);
  var length = octets.length, at = 0, hash = P5;
  if (length >= 16) {
    var lanes = [P1 + P2, P2, 0, -P1];
    while (at + 16 <= length) {
      for (var lane = 0; lane < 4; lane++, at += 4) {
        lanes[lane] = Math.imul(rotate((lanes[lane] + Math.imul(octets.readInt32LE(at), P2)) | 0, 13), P1);
      }
    }
    hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
  }
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(octets.readInt32LE(at), P3)) | 0, 17), P4);
  }
  for (; at < length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(octets[at], P5)) | 0, 11), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return ((hash ^ (hash >>> 16)) >>> 0) % 10000;
}`;
