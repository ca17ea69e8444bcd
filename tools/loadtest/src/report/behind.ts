import { tag, type Markup } from "./markup.ts";

/** What is shown when somebody asks for it, by mouse or keyboard, without a script. */
export function behind(summary: string, content: Markup): Markup {
  return tag("details", {}, tag("summary", {}, summary), content);
}
