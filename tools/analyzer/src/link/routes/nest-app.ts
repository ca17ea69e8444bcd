import type { Argument } from "./call.ts";
import type { Play } from "./play.ts";
import { textOf } from "./texts.ts";
import { UNKNOWN, type NestApp, type Value } from "./values.ts";

/** `NestFactory.create(AppModule)` */
export function createNestApp(play: Play, args: readonly Argument[]): Value {
  const app: NestApp = {
    kind: "nest",
    module: args[0]?.value ?? UNKNOWN,
    prefix: "",
    exclude: [],
    versioning: null,
    closed: false,
    serves: false,
  };
  play.effects++;
  play.nestApps.push(app);
  return app;
}

const SERVES = new Set(["init", "listen", "listenAsync", "startAllMicroservices"]);

/** What an application says of all its routes: `setGlobalPrefix`, `enableVersioning`. */
export function callNestApp(play: Play, app: NestApp, name: string, args: readonly Argument[]): Value {
  play.effects++;
  const [first, second] = args.map(({ value }) => value);
  if (name === "setGlobalPrefix" && first) {
    app.prefix = textOf(play, first);
    const exclude = second?.kind === "record" ? second.fields.get("exclude") : undefined;
    app.exclude = exclude?.kind === "list" ? exclude.items : [];
  }
  if (name === "close") app.closed = true;
  if (SERVES.has(name)) app.serves = true;
  if (name === "enableVersioning") app.versioning = first ?? UNKNOWN;
  return name === "setGlobalPrefix" || name === "enableVersioning" ? app : UNKNOWN;
}
