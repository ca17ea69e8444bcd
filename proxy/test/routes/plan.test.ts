import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { readRoutes } from "../../src/index.ts";
import { routesJsonSchema } from "../../src/routes/json-schema.ts";

const PLAN = path.resolve(import.meta.dirname, "../../../plan");

describe("the plan in this repository", () => {
  test("is in order", async () => {
    const { routes } = await readRoutes(path.join(PLAN, "routes.yaml"));

    expect(routes.length).toBeGreaterThan(0);
  });

  test("has the schema that editors complete it with: run `npm run schema -w proxy` when this fails", async () => {
    const committed = JSON.parse(await readFile(path.join(PLAN, "schema/routes.schema.json"), "utf8")) as unknown;

    expect(committed).toEqual(routesJsonSchema());
  });

  test("is valid by that schema", async () => {
    const validate = new Ajv({ strict: false }).compile(routesJsonSchema());

    expect(validate(parse(await readFile(path.join(PLAN, "routes.yaml"), "utf8")))).toBe(true);
    expect(validate({ services: {}, routes: [{ id: "a" }] })).toBe(false);
  });
});
