import type { RoutingCode } from "./routing-code.ts";

/**
 * What one source file says, before anything is known of the others. A pure function of the file's path and text,
 * so it can be cached by content; every field is plain data. Names that belong to other files stay names here and
 * are looked up when the files are linked.
 */
export type SourceFacts = {
  /** Relative to the analysed folder, with forward slashes. */
  path: string;
  lines: number;
  imports: ImportFact[];
  exports: ExportFact[];
  /** Module-level text constants; members of constant objects under `object.member`. */
  constants: Record<string, Text>;
  /** Module-level names that hold an instance: name -> class. */
  instances: Record<string, string>;
  /**
   * What names, members and results hold, as far as the code writes it down: `mailer`, `Note#author`, `findNote()`,
   * `Notes#find()`, `Notes.find()` for a static method, `Note<>` for a type's name, `Notes:base` for what a class
   * extends with its type arguments. Lists, promises and null are left out: `User[]` is a `User`.
   */
  values: Record<string, ModelRef>;
  classes: ClassFact[];
  /** Members of interfaces and of types that list them: type -> member -> type, spelled as in `ClassFact`. */
  shapes: Record<string, Record<string, string>>;
  functions: FunctionFact[];
  mixins: MixinFacts;
  calls: CallFact[];
  statements: StatementFact[];
  schema: SchemaFact[];
  models: ModelFact[];
  /** Relations that are declared outside of their model: `User.hasMany(Post)`. */
  relations: { on: ModelRef; relation: RelationFact }[];
  accesses: AccessFact[];
  /** Null where nothing in the file has to do with routes. */
  routing: RoutingCode | null;
  transactions: TransactionFact[];
  wiring: WiringFacts;
  events: EventFact[];
  /** Domain words of the identifiers in the file and how often each occurs. */
  words: Record<string, number>;
  problems: { line: number; reason: string }[];
};

/** Text as far as the file itself can tell: literal pieces, constants of other files, pieces known only at run time. */
export type Text = readonly TextPart[];
export type TextPart = string | { name: string } | { hole: string };

export type ImportForm = "import" | "reexport" | "require" | "dynamic";

export type ImportFact = {
  /** Null where the specifier is computed at run time; `code` then shows it. */
  specifier: string | null;
  code: string;
  line: number;
  form: ImportForm;
  names: ImportedName[];
};

/** `imported` is `default`, `*` (the whole module), the empty string (for its effects only), or the exported name. */
export type ImportedName = {
  imported: string;
  local: string | null;
  typeOnly: boolean;
  /** How often the file mentions the local name. */
  uses: number;
  /** For whole-module imports: the members that are mentioned, and how often. */
  members: Record<string, number>;
};

/** `name` is `*` for `export * from`. `from` points into `imports` where the thing comes from another file. */
export type ExportFact = { name: string; local: string | null; from: { index: number; imported: string } | null };

/**
 * Types are spelled so that linking can follow them from file to file: `Note` is what an instance of that class or
 * interface is, `typeof note` the value itself, `Note#author` the type of a member, `find()` what a call gives back,
 * `token:note` what a container hands out under that name, `require:./note` a module.
 */
export type ClassFact = {
  name: string;
  line: number;
  base: string | null;
  implements: string[];
  fields: Record<string, string>;
  /** Fields that a container fills, with the token it is asked by. */
  injected: Record<string, Text>;
};

/** `f`, `object.method` or `Class#method`. `returns`: the type it gives back, `this`, or `{}` for an object literal. */
export type FunctionFact = { name: string; line: number; returns: string | null };

/**
 * Exports that other files add. `into`: modules whose one function gets these exports as its argument `index`.
 * `given`: under which names this module's one function adds functions to what it gets, by index.
 */
export type MixinFacts = { into: { module: string; index: number }[]; given: Record<string, string> };

/** `callee` is spelled like a FunctionFact's name, with a type before the `#`: `Note#author#rename`, `find()#save`. */
export type CallFact = { callee: string; line: number; in: string | null; transaction: number | null };

export type AccessMode = "read" | "write";

/** One query: the tables and the pieces of SQL that make it up. */
export type StatementFact = {
  line: number;
  in: string | null;
  transaction: number | null;
  source: "knex" | "kysely" | "sql";
  /** Certain: the text stands where only a query can stand. */
  certain: boolean;
  code: string;
  tables: { name: Text; mode: AccessMode; line: number }[];
  /** Names that the statement defines for itself with `.with('name', ...)`. */
  ownNames: string[];
  sql: { text: Text; fragment: boolean; line: number }[];
};

export type SchemaFact = {
  table: Text;
  line: number;
  /** What the call says of the table. */
  change: "create" | "alter" | "drop" | "rename";
  renamedTo: Text | null;
  foreignKeys: { columns: string[]; to: Text; line: number }[];
  /** The columns that a `create` declares and an `alter` adds. */
  columns: ColumnFact[];
};

export type ColumnFact = { name: string; primary: boolean };

/** A library that maps tables to classes, constants or the members of a client. */
export type Mapper =
  "bookshelf" | "drizzle" | "kysely" | "mikroorm" | "mongoose" | "objection" | "prisma" | "sequelize" | "typeorm";

/**
 * How code names a model: `name` is looked up like any other name of the file; `key` is one that the mapper gives it
 * out by, whatever file asks (`prisma.user`, `sequelize.models.User`, `model("User")`); `relation` is the model at the
 * other end of a relation, asked for by an instance (`person.$relatedQuery("pets")`): `of` where its class is known,
 * and `holder`, the name of the variable, where only that tells.
 */
export type ModelRef =
  | { kind: "name"; name: string }
  | { kind: "key"; key: string }
  | { kind: "relation"; of: ModelRef | null; holder: string; field: string }
  | ValueRef;

/**
 * How code comes by a model, a repository or a row without naming the model itself: a value of a declared type
 * (`Repository<User>`, `user: User`, `new User()`), a member, the result of a call (`name` is empty where the value
 * itself is called), one of several.
 */
export type ValueRef =
  | { kind: "type"; type: string; args: ModelRef[] }
  | { kind: "member"; of: ModelRef; name: string }
  | { kind: "result"; of: ModelRef; name: string }
  | { kind: "either"; of: ModelRef[] };

/** A class, a constant or a schema entry that stands for a table. */
export type ModelFact = {
  mapper: Mapper;
  /** The class or constant in this file; for an entry of a schema file its name there. */
  name: string;
  /** Further names that the mapper gives it out by. */
  keys: string[];
  /** Null where the mapper derives it from the name. */
  table: Text | null;
  line: number;
  columns: ColumnFact[];
  relations: RelationFact[];
  /** Classes and types whose instances are its rows, where it is none itself. */
  rows?: ModelRef[];
  /** What else lists its columns and relations, besides the class that it extends: a schema. */
  shape?: ModelRef;
  /** No table of its own: a base whose columns its heirs get, or an heir that lives in the table of its base. */
  tableless?: "base" | "heir";
};

export type RelationFact = {
  /** The member through which code reaches the other model. */
  field: string;
  to: ModelRef;
  /** Columns of this table that hold the foreign key; none where the other side or a table between holds it. */
  columns: string[];
  /** The table between the two, where there is one; an empty text where the mapper derives its name. */
  through: ModelRef | Text | null;
  line: number;
};

/**
 * A call that looks like a query through a model. Only linking tells whether the name is a model's; calls on anything
 * else are dropped there, so a visitor may be generous with what it records.
 */
export type AccessFact = {
  mapper: Mapper | null;
  line: number;
  in: string | null;
  transaction: number | null;
  code: string;
  model: ModelRef;
  mode: AccessMode;
  /** It may be no query at all: dropped where no model is known by that reference. */
  unsure?: true;
  /** The method, where only the mapper tells whether it is a query and which mode it has; `mode` then means nothing. */
  call?: string;
  /** Adds to a query that began elsewhere: only what is `related` counts. */
  partial?: true;
  /** Other tables that the same query reaches: along relations (`path`, from the model on) or by naming a model. */
  related: {
    path: string[];
    model: ModelRef | null;
    mode: AccessMode;
    line: number;
    /** Only ties rows together: that writes the side with the foreign key, or the table between, and reads the other. */
    ties?: true;
  }[];
};

/**
 * What a container hands out, and who asks for it. A token is text or the name of a constant, a class or a symbol.
 * Constructor types are imports and not repeated here.
 */
export type WiringFacts = {
  /** `target` names the class, function or value that stands behind the token. */
  provides: { token: Text; target: string; line: number }[];
  /** A `parameter` is only an ask where the code base has a container that reads the names of parameters. */
  asks: { token: Text; line: number; in: string | null; by: "call" | "parameter" }[];
  /** Patterns of the files that a container loads, each under its own name. */
  scans: string[];
  /** Names and fields (`Class#field`) that hold a queue, with the queue's name. */
  queues: Record<string, Text>;
};

/**
 * `mechanism` tells apart what cannot hear each other: `emitter`, `class`, `named`, `job`, `queue`, `kafka`, `amqp`,
 * `nest`, `pubsub`, `postgres`, ... `sender` names what sends or listens where only linking can tell whether it does:
 * the type of an emitter, a name that holds a queue.
 */
export type EventFact = {
  role: "emit" | "listen";
  name: Text;
  mechanism: string;
  line: number;
  in: string | null;
  sender: string | null;
};

export type TransactionFact = { line: number; in: string | null; code: string };
