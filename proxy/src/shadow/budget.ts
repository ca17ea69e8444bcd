/** Bytes that experiments may hold together. What does not fit is given up, never waited for. */
export type Budget = {
  /** False: there is no room, and nothing was taken. */
  take: (bytes: number) => boolean;
  give: (bytes: number) => void;
  held: () => number;
};

export function createBudget(limit: number): Budget {
  let held = 0;
  return {
    take: (bytes) => {
      if (held + bytes > limit) return false;
      held += bytes;
      return true;
    },
    give: (bytes) => {
      held -= bytes;
    },
    held: () => held,
  };
}

/** The copy of one body, as far as it fits into its own limit and into the budget. */
export type Copy = {
  /** undefined while it is whole. */
  failed: () => "too large" | "memory" | undefined;
  add: (chunk: Buffer) => boolean;
  bytes: () => Buffer;
  /** Gives everything back. May be called twice. */
  release: () => void;
};

export function createCopy(budget: Budget, maxBytes: number): Copy {
  let chunks: Buffer[] = [];
  let held = 0;
  let failure: "too large" | "memory" | undefined;

  const release = () => {
    budget.give(held);
    held = 0;
    chunks = [];
  };
  return {
    failed: () => failure,
    add: (chunk) => {
      if (failure !== undefined) return false;
      if (held + chunk.length > maxBytes) failure = "too large";
      else if (!budget.take(chunk.length)) failure = "memory";
      if (failure !== undefined) {
        release();
        return false;
      }
      held += chunk.length;
      chunks.push(chunk);
      return true;
    },
    bytes: () => {
      const [only] = chunks;
      return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
    },
    release,
  };
}
