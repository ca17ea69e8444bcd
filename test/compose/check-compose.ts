import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parsePlanText, PlanFileError } from "@strangler/platform";
import { readStackPlan } from "@strangler/stack";
import { checkImages } from "./check-images.ts";
import { checkKafka } from "./check-kafka.ts";
import { checkOrder } from "./check-order.ts";
import { checkDatabase, checkPlan } from "./check-plan.ts";
import { checkSecrets } from "./check-secrets.ts";
import { checkVolumes } from "./check-volumes.ts";
import { nameServices, type Checked, type Problem } from "./checked.ts";
import { composeSchema } from "./compose-schema.ts";

const FILE = "docker-compose.yml";
const CHECKS: readonly ((checked: Checked) => Problem[])[] = [
  checkImages,
  checkOrder,
  checkSecrets,
  checkVolumes,
  checkPlan,
  checkDatabase,
  checkKafka,
];

/**
 * Holds docker-compose.yml against the compose specification, the files of the repository and plan/stack.yaml. There is no
 * engine here: that the images build and run is not shown by this. `text` stands for the file's own words in tests.
 */
export async function checkCompose(
  root: string,
  text = readFileSync(path.join(root, FILE), "utf8"),
): Promise<Problem[]> {
  try {
    const file = parsePlanText(FILE, text, composeSchema);
    const { plan } = await readStackPlan(path.join(root, "plan"));
    const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { workspaces: string[] };
    const exists = (relative: string) => existsSync(path.join(root, relative));
    const checked: Checked = {
      compose: file.value,
      services: nameServices(file),
      plan,
      workspaces: manifest.workspaces,
      exists,
      readText: (relative) => (exists(relative) ? readFileSync(path.join(root, relative), "utf8") : undefined),
    };
    return CHECKS.flatMap((check) => check(checked));
  } catch (error) {
    if (error instanceof PlanFileError) return error.problems.map(({ suggestion: _, ...problem }) => problem);
    throw error;
  }
}
