import { ENGINES, type EngineName } from "../src/forward/engines.ts";
import { describeEngine } from "./engine-suite.ts";

for (const engine of Object.keys(ENGINES) as EngineName[]) describeEngine(engine);
