export { MigrationFailedError, PostgresBinariesMissingError, PostgresDidNotStartError } from "./errors.ts";
export { migrate, unmigrate } from "./migrate.ts";
export { findPostgresBinaries, type PostgresBinaries } from "./postgres/binaries.ts";
export {
  attachCluster,
  findFreePort,
  initialiseCluster,
  startCluster,
  SUPERUSER,
  type Cluster,
} from "./postgres/cluster.ts";
export { findServerUser } from "./postgres/server-user.ts";
