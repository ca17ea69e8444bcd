import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkCompose } from "./check-compose.ts";
import { parseDockerfile } from "./dockerfile.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TEXT = readFileSync(path.join(ROOT, "docker-compose.yml"), "utf8");

async function complaintsAbout(from: string, to: string): Promise<string[]> {
  expect(TEXT).toContain(from);
  return (await checkCompose(ROOT, TEXT.replace(from, to))).map(({ reason }) => reason);
}

describe("docker-compose.yml", () => {
  test("agrees with the specification, the repository and plan/stack.yaml", async () => {
    expect(await checkCompose(ROOT)).toEqual([]);
  });

  test.each([
    ["a key that compose does not know", "restart: unless-stopped", "restrat: always", /"restrat" is not known/],
    ["a Dockerfile that is not there", "proxy/Dockerfile", "proxy/Dockrfile", /there is no file proxy\/Dockrfile/],
    [
      "a service without health check",
      "    healthcheck:\n      test: [CMD, pg_isready, --username=postgres, --host=127.0.0.1]\n" +
        "      interval: 2s\n      timeout: 3s\n      retries: 30\n",
      "",
      /postgres has no health check/,
    ],
    [
      "a wait that does not wait for health",
      "monolith: { condition: service_healthy }",
      "monolith: { condition: service_started }",
      /must be service_healthy/,
    ],
    [
      "a wait for nobody",
      "catalog: { condition: service_healthy }",
      "catalogue: { condition: service_healthy }",
      /catalogue, which is not a service/,
    ],
    ["a secret in the file", "ADMIN_TOKEN: ${ADMIN_TOKEN:?}", "ADMIN_TOKEN: abc", /the secret in ADMIN_TOKEN/],
    [
      "a password that may be empty",
      ":${CATALOG_APP_PASSWORD:?}@postgres:5432/catalog",
      ":${CATALOG_APP_PASSWORD}@postgres:5432/catalog",
      /the secret in DATABASE_URL/,
    ],
    [
      "a Kafka that nobody has tried",
      "apache/kafka:4.3.1",
      "apache/kafka:4.0.0",
      /the tests run against apache\/kafka:4.3.1/,
    ],
    [
      "a Kafka that streams do not find",
      "STRANGLER_KAFKA_MAIN_BROKERS: kafka:9092",
      "STRANGLER_KAFKA_MAIN_BROKERS: kafka:9999",
      /kafka:9999 is no address/,
    ],
    ["another port than the plan's", 'PORT: "8101"', 'PORT: "8102"', /catalog: PORT is 8102/],
    [
      "a published port that the plan does not have",
      "127.0.0.1:8080:8080",
      "127.0.0.1:9080:8080",
      /not among the plan's ports/,
    ],
    [
      "a variable of the plan that is missing",
      "      ROUTES_FILE: plan/routes.yaml\n",
      "",
      /the plan gives it ROUTES_FILE/,
    ],
    [
      "an upstream that is somebody else",
      "http://catalog:8101",
      "http://monolith:8100",
      /STRANGLER_UPSTREAM_CATALOG is/,
    ],
    [
      "a health check of another port",
      "127.0.0.1:8081/readyz",
      "127.0.0.1:8080/readyz",
      /does not ask http:\/\/127\.0\.0\.1:8081\/readyz/,
    ],
    [
      "an order that is not the plan's",
      "      catalog: { condition: service_healthy }\n",
      "",
      /the plan starts it after catalog/,
    ],
    [
      "a server without logical replication",
      "wal_level=logical",
      "wal_level=replica",
      /streams need wal_level=logical/,
    ],
    ["a server too old", "postgres:18", "postgres:14", /PostgreSQL 15 to 18/],
    [
      "a role without password",
      "      PASSWORD_STRANGLER_APPLY: ${APPLY_PASSWORD:?}\n",
      "",
      /it lacks PASSWORD_STRANGLER_APPLY/,
    ],
    ["a volume that nobody declared", "postgres:/var/lib", "pgdata:/var/lib", /pgdata is neither a folder nor/],
    [
      "another program than the plan's",
      "dockerfile: proxy/Dockerfile",
      "dockerfile: cdc/Dockerfile",
      /its image starts cdc\/src\/main\.ts/,
    ],
  ])("does not get through with %s", async (_, from, to, complaint) => {
    expect(await complaintsAbout(from, to)).toContainEqual(expect.stringMatching(complaint));
  });
});

test("a Dockerfile's copies from an earlier stage are not looked for on the disk", () => {
  const text = 'FROM a AS one\nCOPY a b /c/\nUSER node\nFROM b\nCOPY --from=one /c ./\nCMD ["node", "x.ts"]\n';

  expect(parseDockerfile(text)).toEqual({
    stages: 2,
    copies: [
      { line: 2, source: "a" },
      { line: 2, source: "b" },
    ],
    command: ["node", "x.ts"],
  });
});
