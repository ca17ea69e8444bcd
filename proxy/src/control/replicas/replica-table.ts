import { SCHEMA } from "../store/postgres-schema.ts";
import { FORGOTTEN_AFTER_MS, replicaStatus, type ReplicaRegister } from "./register.ts";

type Ask = <Row extends Record<string, unknown>>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** The register of replicas that follow one database. Their ages are told by the database's clock. */
export function createReplicaTable(ask: Ask): ReplicaRegister {
  return {
    announce: async (status) => {
      await ask(
        `INSERT INTO ${SCHEMA}.replicas (id, status, seen_at) VALUES ($1, $2, now())
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, seen_at = excluded.seen_at`,
        [status.id, JSON.stringify(status)],
      );
    },
    list: async () => {
      const age = "extract(epoch FROM now() - seen_at) * 1000";
      const sql = `SELECT status, (${age})::float8 AS age FROM ${SCHEMA}.replicas WHERE ${age} < $1 ORDER BY id`;
      const rows = await ask<{ status: string; age: number }>(sql, [FORGOTTEN_AFTER_MS]);
      return rows.map((row) => ({ ...replicaStatus.parse(JSON.parse(row.status)), seenMsAgo: Math.max(0, row.age) }));
    },
    leave: async (id) => {
      // Those that left without a word are taken out by whoever leaves with one.
      const forgotten = "seen_at < now() - interval '1 hour'";
      await ask(`DELETE FROM ${SCHEMA}.replicas WHERE id = $1 OR ${forgotten}`, [id]);
    },
  };
}
