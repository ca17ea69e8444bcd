/** The engines that routes can be exported to. */
export const EXPORT_ENGINES = ["nginx", "haproxy", "envoy", "gateway-api"] as const;
export type ExportEngine = (typeof EXPORT_ENGINES)[number];

/** One file of a configuration; `name` is relative to the folder it is written to. */
export type ExportFile = { readonly name: string; readonly text: string };

/** Something that the engine does not do, or not exactly as this proxy does. */
export type Loss = {
  /** The route's id; null when it concerns all of them. */
  route: string | null;
  /** A name out of docs/export.md. */
  element: string;
  engine: ExportEngine;
  severity: "lost" | "approximated";
  why: string;
  whatToDo: string;
};

export type ExportOptions = {
  /** Where customers will arrive. */
  listen?: { host: string; port: number };
  /** Tokens are verified in front of the engine: routes that ask for one stay open. Else they are closed. */
  verified?: boolean;
};
