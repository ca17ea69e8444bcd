import type { Question } from "../../explain.ts";
import type { ExplainForm } from "./pages/explain.ts";

/** What the explain form asks: nothing yet, something wrong, or a question. */
export function readQuestion(query: URLSearchParams): {
  form: ExplainForm;
  question: Question | undefined;
  complaint: string | undefined;
} {
  const read = (name: string) => (query.get(name) ?? "").trim().slice(0, MOST_CHARACTERS);
  const form = {
    method: read("method") || "GET",
    target: read("target"),
    customer: read("customer"),
    headers: read("headers"),
  };
  if (form.target === "") return { form, question: undefined, complaint: undefined };
  if (!form.target.startsWith("/")) return { form, question: undefined, complaint: "A path begins with a slash." };
  const headers = readHeaders(form.headers);
  if (headers === undefined) return { form, question: undefined, complaint: 'A header line is "name: value".' };
  const customer = form.customer === "" ? undefined : form.customer;
  return {
    form,
    question: { method: form.method.toUpperCase(), target: form.target, customer, headers },
    complaint: undefined,
  };
}

// --- internal ---

const MOST_CHARACTERS = 8_192;

function readHeaders(lines: string): Record<string, string> | undefined {
  const entries = lines
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => /^\s*([\w-]+)\s*:\s*(.*?)\s*$/.exec(line));
  if (entries.includes(null)) return undefined;
  return Object.fromEntries(entries.map((entry) => [(entry?.[1] ?? "").toLowerCase(), entry?.[2] ?? ""]));
}
