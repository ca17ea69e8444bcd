import { createLogger, onTermination, parseEnvironment, runMain } from "@strangler/platform";
import { environmentSchema } from "./environment.ts";
import { startCatalog } from "./start-catalog.ts";

runMain(async () => {
  const environment = parseEnvironment(environmentSchema, process.env);
  const log = createLogger({ name: "catalog", level: environment.LOG_LEVEL });
  const catalog = await startCatalog({
    databaseUrl: environment.DATABASE_URL,
    host: environment.HOST,
    port: environment.PORT,
    log,
  });

  onTermination(() => catalog.close());
  log.info({ url: catalog.url }, "catalog is listening");
});
