import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parsePlanText } from "@strangler/platform";
import { readStackPlan, stackPlanJsonSchema } from "@strangler/stack";
import { findProblems } from "../src/plan/read-stack-plan.ts";
import { listReferences, resolveEnvironment } from "../src/plan/references.ts";
import { stackPlanSchema } from "../src/plan/schema.ts";
import { NOTES } from "./notes-stack.ts";

const text = readFileSync(path.join(NOTES, "plan/stack.yaml"), "utf8");

function complaintsAbout(from: string, to: string, missing: string[] = []): string[] {
  expect(text).toContain(from);
  const file = parsePlanText("stack.yaml", text.replace(from, to), stackPlanSchema);
  return findProblems(file, (relative) => !missing.includes(relative)).map(
    ({ line, column, reason, suggestion = "" }) => `${line}:${column} ${reason} ${suggestion}`,
  );
}

describe("the plan of a stack", () => {
  test("is read whole, with what it leaves out filled in", async () => {
    const { plan, root } = await readStackPlan(path.join(NOTES, "plan"));

    expect(root).toBe(NOTES);
    expect(plan.processes["answers"]).toMatchObject({ health: { port: "http", path: "/readyz" }, after: [] });
  });

  test("a key it does not know, with line, column and the one that was meant", () => {
    expect(() => parsePlanText("stack.yaml", text.replace("owner:", "ownr:"), stackPlanSchema)).toThrow(
      /^stack\.yaml:8:5: "ownr" is not known in databases\.notes\. Did you mean "owner"\?$/m,
    );
  });

  test("a reference to nothing", () => {
    expect(complaintsAbout("${databases.notes.url}", "${databases.note.url}")).toEqual([
      "13:22 ${databases.note.url} names nothing. Did you mean ${databases.notes.url}?",
    ]);
  });

  test("a seed may not use the ports of a process", () => {
    expect(
      complaintsAbout('DATABASE_URL: "${databases.notes.url}" }\n      sizes', 'PORT: "${ports.http}" }\n      sizes'),
    ).toEqual([expect.stringMatching(/^13:22 \$\{ports\.http\} names nothing\. Known are: /)]);
  });

  test("a file that is not there", () => {
    expect(complaintsAbout("small", "small", ["programs/front.ts"])).toEqual([
      "27:5 programs/front.ts is not there. Paths start from the folder above the plan directory.",
    ]);
  });

  test("a port given twice", () => {
    expect(complaintsAbout("55322", "55321")).toEqual([
      "28:14 port 55321 is given twice: to answers.http and to front.http. ",
    ]);
  });

  test("processes that wait for one another", () => {
    expect(complaintsAbout("55321 }", "55321 }\n    after: [front]")).toEqual([
      expect.stringContaining("these wait for one another: answers -> front -> answers."),
    ]);
  });

  test("a process to start after that does not exist", () => {
    expect(complaintsAbout("[answers]", "[answer]")).toEqual([
      '34:13 there is no process "answer". Did you mean "answers"?',
    ]);
  });

  test("tells each process its own ports and everybody's addresses", async () => {
    const { plan } = await readStackPlan(path.join(NOTES, "plan"));
    const references = listReferences(
      plan,
      {
        planDirectory: "/repository/plan",
        stateDirectory: "/repository/.strangler",
        ports: { answers: { http: 1 }, front: { http: 2, admin: 3 } },
        databaseUrl: (database, access) => `postgres://${access}@host/${database}`,
        secret: (name) => `secret ${name}`,
      },
      "front",
    );

    expect(resolveEnvironment(plan.processes["front"]?.environment ?? {}, references)).toEqual({
      PORT: "2",
      ADMIN_PORT: "3",
      BEHIND: "http://127.0.0.1:1",
      TOKEN: "secret FRONT_TOKEN",
    });
  });

  test("has a JSON Schema for editors that is up to date (tools/stack/write-schema.ts writes it)", () => {
    const file = path.resolve(import.meta.dirname, "../../../plan/schema/stack.schema.json");

    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(stackPlanJsonSchema())));
  });
});
