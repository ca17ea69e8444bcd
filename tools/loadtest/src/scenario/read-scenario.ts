import { parsePlanText, PlanFileError, readPlanFile, type PlanFile } from "@strangler/platform";
import { findScenarioProblems } from "./check-scenario.ts";
import { scenarioSchema, type Scenario } from "./schema.ts";

/** Reads a scenario file. Throws PlanFileError with line, column, reason and suggestion for everything wrong in it. */
export async function readScenario(file: string): Promise<Scenario> {
  return checked(await readPlanFile(file, scenarioSchema));
}

/** The pure half of `readScenario`: the text is given, `file` is only named in complaints. */
export function parseScenario(file: string, text: string): Scenario {
  return checked(parsePlanText(file, text, scenarioSchema));
}

// --- internal ---

function checked({ file, value, placeOf }: PlanFile<Scenario>): Scenario {
  const problems = findScenarioProblems(value, file, placeOf);
  if (problems.length > 0) throw new PlanFileError(problems);
  return value;
}
