import { z } from "zod";

const port = z.int().min(1).max(65_535).describe("A TCP port on 127.0.0.1.");
const role = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,40}$/, "is not a role name (small letters, digits, _)")
  .describe("A PostgreSQL role.");
const databaseName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,40}$/, "is not a database name (small letters, digits, _)")
  .describe("A PostgreSQL database.");
const name = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, "is not a name (small letters, digits, -)");
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, "is not an environment variable's name (CAPITALS, digits, _)");
const file = z
  .string()
  .min(1)
  .refine((value) => !value.startsWith("/"), "must be a path relative to the folder above the plan");

const environment = z
  .record(variable, z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .describe(
    "Environment variables. ${ports.NAME}, ${databases.NAME.url|captureUrl|applyUrl}, ${processes.NAME.url}, " +
      "${processes.NAME.ports.PORT}, ${secrets.NAME}, ${plan} and ${state} are replaced.",
  );

const seed = z.strictObject({
  script: file.describe("The program that fills the database."),
  environment: environment.default({}),
  sizes: z.strictObject({
    small: z.array(z.string()).describe("Its arguments for the small size."),
    large: z.array(z.string()).optional().describe("Its arguments for the large size; absent when there is none."),
  }),
});

const database = z.strictObject({
  owner: role.describe("The role that owns the database, runs its migrations and serves its process."),
  migrations: file.describe("The folder of its knex migrations."),
  streams: z
    .array(z.enum(["source", "target"]))
    .default([])
    .describe("source: the capture role may read and replicate it. target: the apply role may write it."),
  seed: seed.optional(),
});

const health = z
  .strictObject({
    port: name.default("http").describe("The name of one of its ports."),
    path: z.string().startsWith("/").default("/readyz"),
  })
  .describe("Where it answers 200 when it is ready.");

const processPlan = z.strictObject({
  script: file.describe("The program's entry file."),
  arguments: z.array(z.string()).default([]),
  ports: z
    .record(name, port)
    .refine((ports) => "http" in ports, 'needs a port named "http", the one that others call')
    .describe("What it listens on; `http` is the one that others call."),
  environment: environment.default({}),
  health: health.default({ port: "http", path: "/readyz" }),
  after: z.array(name).default([]).describe("Processes that must be healthy before this one starts."),
});

/** plan/stack.yaml: which databases and processes there are, and how they are told of one another. */
export const stackPlanSchema = z.strictObject({
  postgres: z.strictObject({
    port: port.default(54_320).describe("Where the embedded server listens."),
    roles: z.strictObject({
      capture: role.describe("Reads and replicates the sources of streams."),
      apply: role.describe("Writes the targets of streams."),
    }),
  }),
  databases: z.record(databaseName, database),
  secrets: z
    .array(variable)
    .default([])
    .describe("Random values made once and kept in the state directory, for ${secrets.NAME}."),
  ports: z.record(name, port).default({}).describe("Ports kept for what is started later, such as a stream's metrics."),
  processes: z.record(name, processPlan),
  entrance: name.optional().describe("The process whose address a person opens."),
});

export type StackPlan = z.output<typeof stackPlanSchema>;
export type DatabasePlan = StackPlan["databases"][string];
export type ProcessPlan = StackPlan["processes"][string];

/** The JSON Schema that editors complete plan/stack.yaml with. */
export function stackPlanJsonSchema(): object {
  return z.toJSONSchema(stackPlanSchema, { io: "input" });
}
