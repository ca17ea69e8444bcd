// Which transactions the log has told, by number: one bit each. Their numbers arrive as 32 bits that wrap around; here they
// are whole (64 bits, exact in a double for the next nine thousand years at a million a second), so that they can be compared
// with what pg_current_snapshot() says.

export type ToldTransactions = {
  /** Takes note of one, by the 32 bits that the log gives of its number; answers the whole number. */
  tell: (transactionId: number) => number;
  /** Whether it was told and is still remembered. */
  has: (transaction: number) => boolean;
  /** The highest that was told; 0 when none was. */
  highest: () => number;
  /** One below it that was not told since may have been told before anybody took notes. */
  floor: () => number;
  /** Forgets all below a number below which no transaction runs any more. */
  forgetBelow: (transaction: number) => void;
};

/**
 * `floor`: a whole number at least as high as that of every transaction that the log may have told before. Remembers no more
 * than the newest 32 million numbers, in 4 MiB; when more pass, the floor rises.
 */
export function createToldTransactions(floor: number): ToldTransactions {
  const pages = new Map<number, Uint32Array>();
  let lowest = floor;
  let highest = 0;
  let lastNumber = -1;
  let lastPage: Uint32Array = new Uint32Array(0);

  function pageAt(number: number): Uint32Array {
    if (number === lastNumber) return lastPage;
    let page = pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(PAGE_WORDS);
      pages.set(number, page);
      if (pages.size > MAX_PAGES) forgetBelow((Math.min(...pages.keys()) + 1) * PAGE_SIZE);
    }
    lastNumber = number;
    lastPage = page;
    return page;
  }

  function forgetBelow(transaction: number): void {
    if (transaction > lowest) lowest = transaction;
    for (const number of pages.keys()) if ((number + 1) * PAGE_SIZE <= transaction) pages.delete(number);
    lastNumber = -1;
  }

  return {
    tell(transactionId) {
      const whole = wholeNumber(transactionId, Math.max(highest, lowest));
      const place = whole % PAGE_SIZE;
      const page = pageAt(Math.floor(whole / PAGE_SIZE));
      page[place >>> 5] = (page[place >>> 5] as number) | (1 << (place & 31));
      if (whole > highest) highest = whole;
      return whole;
    },
    has(transaction) {
      const page = pages.get(Math.floor(transaction / PAGE_SIZE));
      if (page === undefined) return false;
      const place = transaction % PAGE_SIZE;
      return (((page[place >>> 5] as number) >>> (place & 31)) & 1) === 1;
    },
    highest: () => highest,
    floor: () => lowest,
    forgetBelow,
  };
}

/**
 * The whole number nearest to `near` that has these last 32 bits. Running transactions lie within 2^31 of each other (PostgreSQL's
 * manual, "Preventing Transaction ID Wraparound Failures").
 */
export function wholeNumber(transactionId: number, near: number): number {
  const sameRound = near - (near % ROUND) + transactionId;
  if (sameRound - near > ROUND / 2 && sameRound >= ROUND) return sameRound - ROUND;
  return near - sameRound > ROUND / 2 ? sameRound + ROUND : sameRound;
}

// --- internal ---

const ROUND = 2 ** 32;
const PAGE_SIZE = 65_536;
const PAGE_WORDS = PAGE_SIZE / 32;
const MAX_PAGES = 512;
