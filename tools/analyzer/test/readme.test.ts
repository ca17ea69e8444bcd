import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { analyze } from "../src/analyze.ts";
import { renderText } from "../src/report/text.ts";

test("the README shows what the program prints", async () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  const analysis = await analyze(join(import.meta.dirname, "fixtures", "layered-shop"));

  expect(readme).toContain(`\`\`\`text\n${renderText(analysis)}\`\`\``);
});
