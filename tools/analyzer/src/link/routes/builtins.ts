import { callValue, type Argument, type CallPlace } from "./call.ts";
import type { Play } from "./play.ts";
import { knownText, textOf } from "./texts.ts";
import { list, text, UNDEFINED, UNKNOWN, type ListValue, type RecordValue, type Value } from "./values.ts";

/** Functions of lists, texts and objects that tables of routes are written with; null for any other. */
export function callBuiltin(play: Play, of: Value, name: string, args: Argument[], place: CallPlace): Value | null {
  if (of.kind === "list") return LIST.get(name)?.(play, of, args, place) ?? null;
  if (of.kind === "text")
    return (
      TEXT.get(name)?.(
        of.text,
        args.map(({ value }) => textOf(play, value)),
      ) ?? null
    );
  if (of.kind === "package" && of.package === "globals" && name === "assign") play.effects++;
  if (of.kind === "package" && of.package === "globals")
    return GLOBAL.get(`${of.path}.${name}`)?.(args[0]?.value ?? UNDEFINED, args) ?? null;
  return null;
}

// --- internal ---

type ListFunction = (play: Play, of: ListValue, args: Argument[], place: CallPlace) => Value | null;

const LIST = new Map<string, ListFunction>(
  Object.entries<ListFunction>({
    forEach: (play, of, args, place) => list(eachItem(play, of, args, place)),
    map: (play, of, args, place) => list(eachItem(play, of, args, place)),
    flatMap: (play, of, args, place) => list(flattened(eachItem(play, of, args, place))),
    flat: (_play, of) => list(flattened(of.items)),
    reduce: (play, of, [callback, start], place) =>
      of.items.reduce<Value>(
        (sum, item) => (callback ? callValue(play, callback.value, [sum, item].map(withoutCode), place) : sum),
        start?.value ?? UNKNOWN,
      ),
    // Which items pass is known only at run time.
    filter: (_play, of) => of,
    reverse: (_play, of) => list([...of.items].reverse()),
    sort: (_play, of) => of,
    concat: (_play, of, args) => list([...of.items, ...flattened(args.map(({ value }) => value))]),
    slice: (play, of, args) => list(of.items.slice(...args.map(({ value }) => Number(knownText(play, value) ?? 0)))),
    push: (play, of, args) => {
      play.effects++;
      of.items.push(...args.map(({ value }) => value));
      return UNKNOWN;
    },
    join: (play, of, args) =>
      text(of.items.map((item) => textOf(play, item)).join(args[0] ? textOf(play, args[0].value) : ",")),
  }),
);

function eachItem(play: Play, of: ListValue, args: Argument[], place: CallPlace): Value[] {
  const [callback] = args;
  if (!callback) return [];
  return of.items.map((value, index) => {
    const given: Value[] = [value, { kind: "number", number: index }, of];
    return callValue(play, callback.value, given.map(withoutCode), place);
  });
}

function withoutCode(value: Value): Argument {
  return { value, expr: { is: "unknown" } };
}

function flattened(values: readonly Value[]): Value[] {
  return values.flatMap((value) => (value.kind === "list" ? value.items : [value]));
}

type TextFunction = (of: string, args: string[]) => Value;

const TEXT = new Map<string, TextFunction>(
  Object.entries<TextFunction>({
    toLowerCase: (of) => text(of.toLowerCase()),
    toUpperCase: (of) => text(of.toUpperCase()),
    toString: (of: string) => text(of),
    trim: (of) => text(of.trim()),
    concat: (of, args) => text([of, ...args].join("")),
    split: (of, [by = ""]) => list(of.split(by).map(text)),
  }),
);

type GlobalFunction = (of: Value, args: Argument[]) => Value;

const GLOBAL = new Map<string, GlobalFunction>(
  Object.entries<GlobalFunction>({
    "Object.keys": (of) => ofRecord(of, ({ fields }) => [...fields.keys()].map(text)),
    "Object.values": (of) => ofRecord(of, ({ fields }) => [...fields.values()]),
    "Object.entries": (of) => ofRecord(of, ({ fields }) => [...fields].map(([key, value]) => list([text(key), value]))),
    "Object.freeze": (of) => of,
    "Object.assign": (of, args) => assigned(of, args),
    "Array.from": (of) => of,
    "Promise.all": (of) => of,
    "Promise.resolve": (of) => of,
  }),
);

function ofRecord(of: Value, items: (of: RecordValue) => Value[]): Value {
  return of.kind === "record" ? list(items(of)) : UNKNOWN;
}

function assigned(of: Value, args: Argument[]): Value {
  if (of.kind !== "record") return of;
  for (const { value } of args.slice(1)) {
    if (value.kind === "record") for (const [key, field] of value.fields) of.fields.set(key, field);
  }
  return of;
}
