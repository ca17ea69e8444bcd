/** What a command's exit status means. The same table stands in the README and in `strangler --help`. */
export const ExitCode = {
  done: 0,
  /** A check ran and found something: drift, a mismatch, a broken import rule. */
  finding: 1,
  usage: 2,
  configuration: 3,
  /** Something the command needs is missing: a database is down, a port is taken. The message names the command that mends it. */
  environment: 4,
  /** A gate said no. Nothing was changed. */
  refused: 5,
  internal: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
