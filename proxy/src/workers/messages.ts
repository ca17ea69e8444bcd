import type { Edge } from "../edge.ts";
import type { RoutesText } from "../routes/parse.ts";

// What the control plane and its workers say to each other. Plain data, sent by structured clone.

/** What can be asked of an edge in another process: whatever its type offers as a function. */
export type EdgeCall = {
  [Name in keyof Edge]: Edge[Name] extends (...given: never[]) => unknown ? Name : never;
}[keyof Edge];

export type ArgumentOf<Call extends EdgeCall> = Parameters<Edge[Call]>[0];
export type AnswerOf<Call extends EdgeCall> = Awaited<ReturnType<Edge[Call]>>;

/** To a worker: begin to serve on this port, or answer a question. */
export type ToWorker =
  | { readonly start: { readonly routes: RoutesText; readonly port: number } }
  | { readonly id: number; readonly call: EdgeCall; readonly argument: unknown };

/** From a worker: it serves, it cannot, or an answer. */
export type FromWorker =
  | { readonly ready: { readonly url: string; readonly port: number } }
  | { readonly failed: { readonly message: string; readonly exitCode: number | undefined } }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
