import type { RoutesDocument } from "../routes/schema.ts";
import { ELEMENTS } from "./elements.ts";
import type { Element } from "./elements/element.ts";
import type { ExportEngine, Loss } from "./engines.ts";

/** What the engine does not do of all that the routes file asks for, or not exactly so. */
export function findLosses(engine: ExportEngine, document: RoutesDocument): Loss[] {
  const known = ELEMENTS.flatMap(({ name, concerns, on }) => {
    const verdict = on[engine];
    if (verdict.how === "expressed") return [];
    const { how: severity, why, whatToDo } = verdict;
    return concerns(document).map((route) => ({ route, element: name, engine, severity, why, whatToDo }));
  });
  return [...known, ...unknownFields(document).map(({ route, field }) => unknown(engine, route, field))];
}

/** A field that no element gives an account of is lost by definition: nothing is left out in silence. */
export function unknownFields(document: RoutesDocument): { route: string | null; field: string }[] {
  return fieldsIn(document, "").flatMap(({ field, index }) =>
    elementOf(field) ? [] : [{ route: index === undefined ? null : (document.routes[index]?.id ?? null), field }],
  );
}

/** The element that gives an account of this field: of those that claim it, or a field above it, the one that says it most exactly. */
export function elementOf(field: string): Element | undefined {
  const claims = ELEMENTS.flatMap((element) => element.fields.map((known) => ({ element, known })));
  return claims
    .filter(({ known }) => field === known || field.startsWith(`${known}.`))
    .sort((a, b) => b.known.length - a.known.length)[0]?.element;
}

// --- internal ---

type Place = { field: string; index?: number | undefined };

// The document's fields as in a schema: any name of a record is `*`, any entry of a list `[]`.
function fieldsIn(value: unknown, at: string, index?: number): Place[] {
  if (typeof value !== "object" || value === null) return at === "" ? [] : [{ field: at, index }];
  const entries = Object.entries(value).map(([name, entry]: [string, unknown]) => {
    if (Array.isArray(value)) return { name: "[]", entry, index: at === "routes" ? Number(name) : index };
    return { name: RECORDS.has(at) ? "*" : name, entry, index };
  });
  return entries.flatMap(({ name, entry, index: route }) => fieldsIn(entry, at === "" ? name : `${at}.${name}`, route));
}

const RECORDS = new Set(["services", "streams"]);

function unknown(engine: ExportEngine, route: string | null, field: string): Loss {
  return {
    route,
    element: field,
    engine,
    severity: "lost",
    why: "This export does not know the field.",
    whatToDo: "Do by hand what it asks for.",
  };
}
