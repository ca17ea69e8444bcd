/** What one check found. `missing` is something optional that is not there, with what is lost by that. */
export type Finding = {
  check: string;
  outcome: "ok" | "missing" | "failed";
  found: string;
  /** What mends it; absent when there is nothing to mend. */
  fix?: string;
};

/** What the checks need to know of the machine and the stack. */
export type Examined = {
  planDirectory: string;
  stateDirectory: string;
  environment: Readonly<Record<string, string | undefined>>;
};

export type Check = (examined: Examined) => Promise<Finding> | Finding;

export function ok(check: string, found: string): Finding {
  return { check, outcome: "ok", found };
}

export function missing(check: string, found: string, fix: string): Finding {
  return { check, outcome: "missing", found, fix };
}

export function failed(check: string, found: string, fix: string): Finding {
  return { check, outcome: "failed", found, fix };
}
