import type { startLoad } from "@strangler/loadtest";
import type { CommandLine } from "./command-line.ts";
import type { Narrator } from "./narrator.ts";

export type Customers = Awaited<ReturnType<typeof startLoad>>;

/** What the demo has found out on its way; the summary is made of it, and the exit status. */
export type Findings = {
  /** Rows proved equal by the latest verification. */
  rowsEqual: number;
  /** Tables that any verification found different, or could not compare. */
  drifted: string[];
  comparedAnswers: number;
  /** Shadowed requests to which the service gave no answer that could be compared. */
  failedCandidates: number;
  mismatches: number;
  unexplained: string[];
  requests: number;
  failedRequests: string[];
  flips: number;
  shares: { step: string; fromService: number }[];
  healthyMs: number;
  memoryMb: number;
  /** Failed requests while the two sides were compared. */
  comparedFailed: number;
  /** Files for a person to open. */
  reports: string[];
};

/** What every step of the runbook is handed. */
export type Tour = {
  strangler: CommandLine;
  narrator: Narrator;
  repository: string;
  home: string;
  findings: Findings;
};

export function emptyFindings(): Findings {
  return {
    rowsEqual: 0,
    drifted: [],
    comparedAnswers: 0,
    failedCandidates: 0,
    mismatches: 0,
    unexplained: [],
    requests: 0,
    failedRequests: [],
    flips: 0,
    shares: [],
    healthyMs: 0,
    memoryMb: 0,
    comparedFailed: 0,
    reports: [],
  };
}
