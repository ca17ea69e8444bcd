import type { ExportFile } from "./engines.ts";
import type { Model } from "./model.ts";
import { customerMaps, customerOf } from "./nginx/customers.ts";
import { requestMaps } from "./nginx/requests.ts";
import { routeMaps } from "./nginx/routes.ts";
import { serverBlock, upstreamBlocks } from "./nginx/server.ts";
import { XXH32_FILE, xxh32Rules, xxh32Script } from "./nginx/xxh32.ts";

// One decision list, one `location`: the route is a `map` over method and path whose expressions stand in order of precedence
// (nginx takes the first that matches), the side is a `split_clients`, and the upstream follows from both. All of it is evaluated
// on demand and once a request.

/** What stands inside of `http { }`: a file for conf.d. */
export function exportNginx(model: Model): ExportFile[] {
  const sections = [
    heading(model),
    HASH_SIZES,
    ...upstreamBlocks(model),
    ...requestMaps(model),
    ...routeMaps(model),
    ...customerMaps(model),
    serverBlock(model),
  ];
  const script = xxh32Rules(model).length === 0 ? [] : [xxh32Script(model, ({ keys }) => customerOf(keys))];
  return [
    { name: "strangler.conf", text: `${sections.join("\n\n")}\n` },
    ...script.map((text) => ({ name: XXH32_FILE, text })),
  ];
}

// --- internal ---

const HASH_SIZES = [
  "# Ids of routes and names of keys may be long. Leave out what your nginx.conf has already.",
  "map_hash_bucket_size 256;",
  "variables_hash_bucket_size 256;",
  "variables_hash_max_size 4096;",
].join("\n");

function heading({ version }: Model): string {
  return [
    `# Made by "strangler route export --to nginx" from routes version ${version}. Do not edit: make it anew.`,
    "# Belongs inside of http { }, for example as /etc/nginx/conf.d/strangler.conf.",
  ].join("\n");
}
