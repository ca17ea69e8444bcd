import { describe, expect } from "@jest/globals";
import { missingEngine, startEnvoy, startHaproxy, startNginx } from "../src/index.ts";
import { testWith } from "../src/not-run.ts";

const ENVOY = (port: number) =>
  JSON.stringify({
    static_resources: {
      listeners: [
        {
          address: { socket_address: { address: "127.0.0.1", port_value: port } },
          filter_chains: [
            {
              filters: [
                {
                  name: "envoy.filters.network.http_connection_manager",
                  typed_config: {
                    "@type":
                      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                    stat_prefix: "here",
                    route_config: {
                      virtual_hosts: [
                        {
                          name: "all",
                          domains: ["*"],
                          routes: [{ match: { prefix: "/" }, direct_response: { status: 218 } }],
                        },
                      ],
                    },
                    http_filters: [
                      {
                        name: "envoy.filters.http.router",
                        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  });

describe("an engine beside ours", () => {
  testWith(missingEngine("nginx"), "nginx listens when it is handed out, and is gone when it is closed", async () => {
    await expectToLiveAndEnd(await startNginx((port) => `server { listen 127.0.0.1:${port}; return 218; }`));
  });

  testWith(missingEngine("haproxy"), "so does HAProxy", async () => {
    const config = (port: number) => `
defaults
  mode http
  timeout client 5s
frontend here
  bind 127.0.0.1:${port}
  http-request return status 200
`;
    await expectToLiveAndEnd(await startHaproxy(config), 200);
  });

  testWith(missingEngine("envoy"), "so does Envoy", async () => {
    await expectToLiveAndEnd(await startEnvoy(ENVOY));
  });

  testWith(missingEngine("nginx"), "one that is configured wrongly says what is wrong", async () => {
    await expect(startNginx(() => "nonsense on;")).rejects.toThrow('unknown directive "nonsense"');
  });
});

async function expectToLiveAndEnd(engine: Awaited<ReturnType<typeof startNginx>>, status = 218): Promise<void> {
  const answer = await fetch(engine.url);

  await engine.close();
  expect(answer.status).toBe(status);
  await expect(fetch(engine.url)).rejects.toThrow("fetch failed");
}
