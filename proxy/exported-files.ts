import { readFile } from "node:fs/promises";
import path from "node:path";
import { format } from "prettier";
import { documentExports } from "./src/export/document.ts";
import { EXPORT_ENGINES, type ExportFile } from "./src/export/engines.ts";
import { exportRoutes } from "./src/export/export-routes.ts";
import { parseRoutes } from "./src/routes/parse.ts";

/** All files in the repository that are made of exports, by their path in it. */
export async function exportedFiles(root: string): Promise<ExportFile[]> {
  const snapshot = parseRoutes("plan/routes.yaml", await readFile(path.join(root, "plan/routes.yaml"), "utf8"));
  const exports = EXPORT_ENGINES.map((engine) => ({ engine, ...exportRoutes(engine, snapshot) }));
  const pretty = (name: string, text: string) => format(text, { filepath: name, printWidth: 120 });
  return [
    { name: "docs/export.md", text: await pretty("export.md", documentExports()) },
    ...(await Promise.all(
      exports.flatMap(({ engine, files, report }) => [
        ...files.map(async ({ name, text }) => ({
          name: `deploy/${engine}/${name}`,
          text: await Promise.resolve(text),
        })),
        pretty("report.json", JSON.stringify(report)).then((text) => ({ name: `deploy/${engine}/report.json`, text })),
      ]),
    )),
  ];
}
