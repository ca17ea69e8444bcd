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
];
