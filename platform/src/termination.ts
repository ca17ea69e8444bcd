/** Calls `close` once at the first SIGINT or SIGTERM, then lets the process end; a second signal ends it at once. */
export function onTermination(close: () => Promise<void>): void {
  const stop = (signal: NodeJS.Signals) => {
    process.once("SIGINT", () => process.exit(130));
    process.once("SIGTERM", () => process.exit(143));
    close().then(
      () => process.exit(signal === "SIGINT" ? 130 : 0),
      (error: unknown) => {
        console.error(error);
        process.exit(70);
      },
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}
