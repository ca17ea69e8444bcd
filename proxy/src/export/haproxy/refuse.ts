import { problem, PROBLEM_MEDIA_TYPE } from "@strangler/platform";
import { quoted } from "./syntax.ts";

/** Answers with problem details; a condition may follow. */
export function refuse(status: number, title: string): string {
  const body = JSON.stringify(problem(status, title, "Refused before any route was asked."));
  return `http-request return status ${status} content-type ${PROBLEM_MEDIA_TYPE} string ${quoted(body)}`;
}
