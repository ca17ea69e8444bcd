/**
 * What tells a transaction from others by the `id` that its events, its BEGIN and its END have. PostgreSQL's connector writes
 * "<transaction>:<position>" with another position each time, so that only what stands before the colon is common to them
 * (seen with 3.6; the documentation does not say so). Other connectors write the same text each time.
 */
export function transactionKey(id: string): string {
  return POSTGRES.test(id) ? id.slice(0, id.indexOf(":")) : id;
}

/** The position that PostgreSQL's connector puts behind the colon; at an END, where the log goes on. */
export function transactionPosition(id: string): bigint | undefined {
  return POSTGRES.test(id) ? BigInt(id.slice(id.indexOf(":") + 1)) : undefined;
}

// --- internal ---

const POSTGRES = /^\d+:\d+$/;
