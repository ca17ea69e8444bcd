import pino from "pino";

export type Logger = pino.Logger;

export type LogOptions = {
  name: string;
  level: string;
  /** Where lines go; standard output when absent. */
  destination?: pino.DestinationStream;
};

/** JSON lines, one event each. Fields that may hold a secret are replaced before they are written. */
export function createLogger({ name, level, destination }: LogOptions): Logger {
  const options: pino.LoggerOptions = {
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "password",
        "*.password",
        "authorization",
        "*.authorization",
        "cookie",
        "*.cookie",
        "databaseUrl",
        "*.databaseUrl",
      ],
      censor: "[redacted]",
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
