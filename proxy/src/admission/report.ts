/** What an edge has refused by its routes' limits and tokens, and how it stands with the keys. Plain data, cumulative. */
export type AdmissionReport = {
  readonly routes: readonly RouteAdmission[];
  /** null where the routes file has no `jwt`. */
  readonly keys: KeysReport | null;
  /** Requests that this worker counted by itself because the workers' leader did not answer. */
  readonly countedAlone: number;
};

export type RouteAdmission = {
  readonly route: string;
  /** Let through. */
  readonly admitted: number;
  /** 429. */
  readonly limited: number;
  /** 401. */
  readonly unauthenticated: number;
  /** 403. */
  readonly forbidden: number;
  /** 503: there are no keys to verify with. */
  readonly unverifiable: number;
};

export type KeysReport = {
  /** Where they come from. */
  readonly from: string;
  /** ISO 8601. null: there have never been any. */
  readonly confirmedAt: string | null;
  readonly count: number;
  /** Why the newest attempt brought none; the last good ones stay. null when it brought some. */
  readonly failure: string | null;
};
