const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, silent: 100 } as const;

export type LogLevel = keyof typeof LEVELS;

let threshold: number = LEVELS.info;

export function setLogLevel(level: LogLevel): void {
  threshold = LEVELS[level];
}

export function isLogLevel(value: string): value is LogLevel {
  return Object.hasOwn(LEVELS, value);
}

/** One JSON line on standard output. */
function write(level: LogLevel, message: string, facts: Record<string, unknown> = {}): void {
  if (LEVELS[level] < threshold) return;
  process.stdout.write(
    `${JSON.stringify({ level, time: new Date().toISOString(), app: "monolith", msg: message, ...facts })}\n`,
  );
}

export const log = {
  debug: (message: string, facts?: Record<string, unknown>) => write("debug", message, facts),
  info: (message: string, facts?: Record<string, unknown>) => write("info", message, facts),
  warn: (message: string, facts?: Record<string, unknown>) => write("warn", message, facts),
  error: (message: string, error: unknown, facts?: Record<string, unknown>) =>
    write("error", message, { ...facts, error: error instanceof Error ? error.stack : String(error) }),
};
