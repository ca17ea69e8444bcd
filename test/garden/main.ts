// npm run garden [-- --write FILE]: how nginx, HAProxy and this proxy see the same hostile bytes.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { runMain } from "@strangler/platform";
import * as prettier from "prettier";
import { gardenPage, growGarden } from "./garden.ts";

runMain(async () => {
  const { values } = parseArgs({ options: { write: { type: "string" } } });
  const garden = await growGarden();
  const page = await prettier.format(gardenPage(garden), { parser: "markdown", printWidth: 140 });
  if (values.write === undefined) process.stdout.write(page);
  else await writeFile(values.write, page);
  for (const absent of ["nginx", "HAProxy"].filter((name) => !garden.proxies.some((known) => known.startsWith(name)))) {
    process.stderr.write(`Not there, so not asked: ${absent}\n`);
  }
});
