/**
 * The part of a file that sets up routes, as a small program. Frameworks let code build routes in any way a language
 * allows: in loops over tables, in methods of base classes, in helpers that are handed a router and a path. So the
 * reading keeps such code in this reduced form, as plain data, and the linking plays it through across files.
 */
export type RoutingCode = {
  /** What runs when the module is loaded, in order. */
  steps: Step[];
  functions: FunctionCode[];
  classes: ClassCode[];
};

export type Step =
  | { do: "let"; to: Pattern; value: Expr | null }
  | { do: "run"; value: Expr }
  | { do: "each"; to: Pattern; of: Expr; body: Step[] }
  | { do: "return"; value: Expr };

/** The left side of a declaration or an assignment. */
export type Pattern =
  | { name: string }
  | { fields: { key: string; to: Pattern; default: Expr | null }[]; rest: string | null }
  | { items: (Pattern | null)[]; rest: string | null };

/** Numbers under `function` and `class` are positions in the lists of the file. */
export type Expr =
  | { is: "text"; text: string }
  | { is: "number"; number: number }
  | { is: "flag"; flag: boolean }
  | { is: "template"; parts: Expr[] }
  | { is: "name"; name: string }
  | { is: "this" }
  | { is: "super" }
  | { is: "member"; of: Expr; name: string }
  | { is: "element"; of: Expr; key: Expr }
  | { is: "call"; callee: Expr; args: Expr[]; line: number; isNew: boolean }
  | { is: "list"; items: Expr[] }
  | { is: "spread"; of: Expr }
  | { is: "record"; fields: { key: Expr | null; value: Expr }[] }
  | { is: "function"; function: number }
  | { is: "class"; class: number }
  | { is: "require"; specifier: string }
  | { is: "choice"; options: Expr[]; fallback: boolean }
  | { is: "minus"; left: Expr; right: Expr }
  | { is: "assign"; to: Expr; value: Expr }
  | { is: "unknown" };

export type FunctionCode = {
  /** `f`, `object.method` or `Class#method`; null for one without a name. */
  name: string | null;
  line: number;
  endLine: number;
  parameters: { to: Pattern; default: Expr | null; type: string | null; rest: boolean }[];
  /** Null where the body cannot matter: it answers a request. */
  body: Step[] | null;
  /** It names what routes are set up with, so that it is worth a trial where nothing calls it. */
  setsUp: boolean;
  /** Arrow functions see the `this` around them. */
  arrow: boolean;
};

export type ClassCode = {
  name: string;
  line: number;
  base: Expr | null;
  create: number | null;
  /** Constructor parameters that are fields too. */
  parameterFields: string[];
  fields: { name: string; value: Expr | null; isStatic: boolean; type: string | null }[];
  methods: { name: string; function: number; isStatic: boolean; kind: "method" | "get"; decorators: Decorator[] }[];
  decorators: Decorator[];
};

export type Decorator = { name: string; args: Expr[]; line: number };
