import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { createLogger, parseEnvironment } from "../src/index.ts";

describe("the environment", () => {
  const schema = z.object({ PORT: z.coerce.number().int(), DATABASE_URL: z.url() });

  test("becomes a typed configuration", () => {
    expect(parseEnvironment(schema, { PORT: "80", DATABASE_URL: "postgres://db/x" })).toEqual({
      PORT: 80,
      DATABASE_URL: "postgres://db/x",
    });
  });

  test("is refused with every variable that is wrong, and without its values", () => {
    const parse = () => parseEnvironment(schema, { PORT: "eighty", DATABASE_URL: "secret place" });

    expect(parse).toThrow(/PORT: .*DATABASE_URL: /);
    expect(parse).not.toThrow(/secret|eighty/);
  });
});

describe("a log line", () => {
  test("never shows a secret", () => {
    const lines: string[] = [];
    const log = createLogger({ name: "test", level: "info", destination: { write: (line) => lines.push(line) } });

    log.info(
      { databaseUrl: "postgres://u:secret@db/x", request: { authorization: "Bearer secret", cookie: "sid=secret" } },
      "hello",
    );

    expect(lines.join()).toContain("hello");
    expect(lines.join()).not.toContain("secret");
  });
});
