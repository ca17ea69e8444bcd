import { createLogger, onTermination, runMain } from "@strangler/platform";
import { readConfig } from "./config.ts";
import { startProxy } from "./proxy.ts";

runMain(async () => {
  const config = readConfig(process.env);
  const log = createLogger({ name: "proxy", level: config.logLevel });

  // The last net. The proxy stands before everything that is sold, and keeps nothing that one request could have spoilt.
  process.on("uncaughtException", (error) => log.fatal({ err: error }, "uncaught; the proxy goes on"));

  const proxy = await startProxy(config, log);
  // Whoever reads the line below may end the process at once.
  onTermination(async () => {
    await proxy.close();
    log.info("proxy has drained and stopped");
  });
  log.info({ url: proxy.url, adminUrl: proxy.adminUrl, routesFile: config.routesFile }, "proxy is listening");
});
