import type { CommandModule } from "yargs";

/** One line of `strangler --help`. The command itself is loaded only when it is called: `status` must not wait for a parser of TypeScript. */
export type Command = { name: string; describe: string; load: () => Promise<CommandModule> };

export const COMMANDS: readonly Command[] = [
  {
    name: "up",
    describe: "Start the stack: PostgreSQL, migrations, seeds, every process",
    load: async () => (await import("./commands/up.ts")).upCommand as CommandModule,
  },
  {
    name: "down",
    describe: "Stop the stack; with --purge nothing of it is left",
    load: async () => (await import("./commands/down.ts")).downCommand as CommandModule,
  },
  {
    name: "status",
    describe: "Show what runs where, how it is, and the memory it takes",
    load: async () => (await import("./commands/status.ts")).statusCommand as CommandModule,
  },
  {
    name: "logs",
    describe: "Show what a process has written; all of them without a name",
    load: async () => (await import("./commands/logs.ts")).logsCommand as CommandModule,
  },
  {
    name: "doctor",
    describe: "Look for what keeps the stack from running, and say what mends it",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand as CommandModule,
  },
  {
    name: "route",
    describe: "List routes, set their stages, explain who answers a request",
    load: async () => (await import("./commands/route.ts")).routeCommand,
  },
  {
    name: "stream",
    describe: "Copy tables to another database and follow every change",
    load: async () => (await import("./commands/stream.ts")).streamCommand,
  },
  {
    name: "shadow",
    describe: "Report where shadowed answers differ, list and explain them",
    load: async () => (await import("./commands/shadow.ts")).shadowCommand,
  },
  {
    name: "verify",
    describe: "Compare every row of a stream's source and target",
    load: async () => (await import("./commands/verify.ts")).verifyCommand as CommandModule,
  },
  {
    name: "repair",
    describe: "Read rows anew that differ, while both sides are in use",
    load: async () => (await import("./commands/repair.ts")).repairCommand as CommandModule,
  },
  {
    name: "compare",
    describe: "Compare load before and after routes move, in blocks that take turns",
    load: async () => (await import("./commands/compare.ts")).compareCommand as CommandModule,
  },
  {
    name: "load",
    describe: "Make load, and see how long requests take",
    load: async () => (await import("./commands/load.ts")).loadCommand,
  },
  {
    name: "analyze",
    describe: "Propose service boundaries for a TypeScript or JavaScript code base",
    load: async () => (await import("@strangler/analyzer")).analyzeCommand as CommandModule,
  },
  {
    name: "explain",
    describe: "Say why a file, table, route or context is where it is",
    load: async () => (await import("@strangler/analyzer")).explainCommand as CommandModule,
  },
  {
    name: "whatif",
    describe: "Show what moving files or tables to another context would change",
    load: async () => (await import("@strangler/analyzer")).whatifCommand as CommandModule,
  },
  {
    name: "accept",
    describe: "Write the contexts down as agreed, for people to edit and check to hold",
    load: async () => (await import("@strangler/analyzer")).acceptCommand as CommandModule,
  },
  {
    name: "draft",
    describe: "Draft the plan for taking a context out: routes, stream, seams to cut",
    load: async () => (await import("@strangler/analyzer")).draftCommand as CommandModule,
  },
  {
    name: "check",
    describe: "Hold a repository against its accepted contexts and import rules",
    load: async () => (await import("@strangler/analyzer")).checkCommand as CommandModule,
  },
];
