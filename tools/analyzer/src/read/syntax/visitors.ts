import { recordCalls, recordConstruction } from "./calls.ts";
import { recordClass } from "./classes.ts";
import { recordEvents } from "./events/calls.ts";
import { recordListedEvents } from "./events/listings.ts";
import { recordConstructedEvents, recordInjectedQueues } from "./events/queues.ts";
import { recordKnexQuery } from "./knex-query.ts";
import { recordSchemaChange } from "./knex-schema.ts";
import { recordBookshelfClass, recordBookshelfModel } from "./models/bookshelf-models.ts";
import { recordBookshelfQuery } from "./models/bookshelf.ts";
import { recordDrizzleRelations } from "./models/drizzle-tables.ts";
import { recordDrizzleQuery } from "./models/drizzle.ts";
import { recordKyselySchema } from "./models/kysely-schema.ts";
import { recordKyselyQuery } from "./models/kysely.ts";
import { recordClassValues } from "./models/class-values.ts";
import { rememberElements } from "./models/declared-values.ts";
import { recordDecoratedModel } from "./models/decorated-models.ts";
import { recordMapperMigration } from "./models/mapper-migrations.ts";
import { recordModelCalls } from "./models/model-calls.ts";
import { recordModelDefinition, recordModelSchema } from "./models/model-definitions.ts";
import { recordObjectionModel } from "./models/objection-models.ts";
import { recordObjectionQuery } from "./models/objection.ts";
import { recordPrismaAccess } from "./models/prisma.ts";
import { recordQueryCall } from "./sql-text.ts";
import { recordTransaction, recordTransactionalMethods } from "./transactions.ts";
import { recordWiring } from "./wiring.ts";
import type { Chain } from "./chain.ts";
import type { ts } from "./compiler.ts";
import type { Recorder } from "./recorder.ts";
import type { Scope } from "./scope.ts";

/** Builders of schemas and queries share many words: the first to know a chain for its own keeps it. */
const BUILDERS: readonly ((recorder: Recorder, chain: Chain, scope: Scope) => boolean | void)[] = [
  recordMapperMigration,
  recordKyselySchema,
  recordSchemaChange,
  recordKyselyQuery,
  recordKnexQuery,
];

/** Each looks for one thing in a chain of calls; a transaction comes first, because it opens a scope for the others. */
export const CALL_VISITORS: readonly ((recorder: Recorder, chain: Chain, scope: Scope) => void)[] = [
  recordTransaction,
  (recorder, chain, scope) => {
    for (const record of BUILDERS) if (record(recorder, chain, scope)) return;
  },
  recordPrismaAccess,
  recordDrizzleQuery,
  recordDrizzleRelations,
  recordObjectionQuery,
  recordBookshelfModel,
  recordBookshelfQuery,
  rememberElements,
  recordModelDefinition,
  recordModelCalls,
  recordQueryCall,
  recordCalls,
  recordWiring,
  recordEvents,
];

/** Each looks for one thing in a class and its members. `scope` is the one inside of the class. */
export const CLASS_VISITORS: readonly ((
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  name: string,
  scope: Scope,
) => void)[] = [
  recordClass,
  recordClassValues,
  recordTransactionalMethods,
  recordDecoratedModel,
  recordObjectionModel,
  recordBookshelfClass,
  recordInjectedQueues,
  recordListedEvents,
];

/** Each looks for one thing in `new X(...)`. */
export const NEW_VISITORS: readonly ((recorder: Recorder, node: ts.NewExpression, scope: Scope) => void)[] = [
  recordConstruction,
  recordConstructedEvents,
  recordModelSchema,
];
