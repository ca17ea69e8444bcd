import colors from "picocolors";

/** One line for a person who waits; on standard error, so that standard output holds results only. */
export function progress(line: string): void {
  process.stderr.write(`${colors.dim("·")} ${line}\n`);
}
