import { ENGINE_NAMES } from "../src/index.ts";
import { describeEngine } from "./engine-suite.ts";

for (const engine of ENGINE_NAMES) describeEngine(engine);
