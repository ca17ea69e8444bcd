import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { contest, type Edges } from "./contestant.ts";

await contest(async ({ root, tsconfig }) => {
  process.chdir(root);
  const { output } = await cruise(
    ["."],
    {
      baseDir: root,
      tsPreCompilationDeps: true,
      moduleSystems: ["es6", "cjs"],
      doNotFollow: { path: "node_modules" },
      tsConfig: { fileName: tsconfig },
    },
    {},
    { tsConfig: extractTSConfig(tsconfig) },
  );
  const { modules } = output as ICruiseResult;
  return (): Edges =>
    Object.fromEntries(
      modules.map(({ source, dependencies }) => [
        source,
        dependencies.flatMap(({ resolved, couldNotResolve }) => (couldNotResolve ? [] : [resolved])),
      ]),
    );
});
