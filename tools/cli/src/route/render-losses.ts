import type { Loss } from "@strangler/proxy";
import colors from "picocolors";

const PAINT = { lost: colors.red, approximated: colors.yellow };

/** What an engine does not do, the worst first, each with the routes that it concerns. Lines of at most `width` columns. */
export function renderLosses(report: readonly Loss[], width: number): string {
  if (report.length === 0) return "Nothing is lost.";
  const elements = [...new Map(report.map((loss) => [loss.element, loss])).values()];
  const sorted = [...elements.filter(isLost), ...elements.filter((loss) => !isLost(loss))];
  const lines = sorted.flatMap((loss) => [
    `${PAINT[loss.severity](loss.severity.padEnd(12))}  ${loss.element}${routesOf(report, loss.element)}`,
    ...wrap(`${loss.why} ${loss.whatToDo}`, Math.max(40, width - 14)).map((line) => `${" ".repeat(14)}${line}`),
  ]);
  const lost = elements.filter(isLost).length;
  return [...lines, "", `${lost} lost, ${elements.length - lost} approximated.`].join("\n");
}

// --- internal ---

function isLost({ severity }: Loss): boolean {
  return severity === "lost";
}

function routesOf(report: readonly Loss[], element: string): string {
  const routes = report.filter((loss) => loss.element === element).flatMap(({ route }) => route ?? []);
  if (routes.length === 0) return "";
  return routes.length > 3 ? ` (${routes.length} routes)` : ` (${routes.join(", ")})`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
