// Writes migrations/<database>/schema.txt anew after a migration was added:
//   node --conditions=strangler-source test/migrations/write-schema-dumps.ts
import { writeFile } from "node:fs/promises";
import { migrate } from "@strangler/stack";
import { startOwnCluster } from "@strangler/test-kit";
import pg from "pg";
import { DATABASES, dumpOf, migrationsOf } from "./databases.ts";
import { dumpSchema } from "./dump-schema.ts";

const cluster = await startOwnCluster();
try {
  const server = new pg.Client({ connectionString: cluster.url("postgres") });
  await server.connect();
  for (const database of DATABASES) await server.query(`CREATE DATABASE ${database}`);
  await server.end();

  for (const database of DATABASES) {
    await migrate(cluster.url(database), migrationsOf(database));
    await writeFile(dumpOf(database), await dumpSchema(cluster.url(database)));
    process.stdout.write(`${dumpOf(database)}\n`);
  }
} finally {
  await cluster.remove();
}
