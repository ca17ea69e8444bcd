// The PostgreSQL server that all test files of one run share. It says where it listens, and lives until its standard
// input closes: when the test run ends, however it ends, the server and its files go with it.
import { startOwnCluster } from "./own-cluster.ts";

const cluster = await startOwnCluster();
process.stdout.write(`${JSON.stringify({ url: cluster.url("postgres") })}\n`);
process.on("SIGINT", () => undefined);
process.stdin.resume();
process.stdin.once("close", () => void cluster.remove());
