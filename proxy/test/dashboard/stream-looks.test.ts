import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createStreamLooks } from "../../src/control/dashboard/stream-looks.ts";

const STATUS = {
  state: "following",
  received: "0/20",
  applied: "0/10",
  confirmed: "0/10",
  lagBytes: 16,
  lagMs: 4,
  changes: 9,
  transactions: 3,
  changesPerSecond: 1.5,
  slot: { walStatus: "reserved", keptBytes: 16, safeWalSize: null },
  somethingNew: true,
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function streamThatSays(body: unknown): Promise<{ url: URL; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(JSON.stringify(body));
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked };
}

describe("the dashboard's look at streams", () => {
  test("asks each for its status, and passes over what it does not know", async () => {
    const { url, asked } = await streamThatSays(STATUS);

    const [view] = await createStreamLooks()(new Map([["items", url]]));

    expect(asked).toEqual(["/status"]);
    expect(view).toMatchObject({
      name: "items",
      trouble: "",
      look: { state: "following", lagMs: 4, alarms: [], parked: { transactions: 0 } },
    });
    expect(view?.look).not.toHaveProperty("somethingNew");
  });

  test("asks once a second at most, however many look", async () => {
    let now = 1_000;
    const { url, asked } = await streamThatSays(STATUS);
    const look = createStreamLooks(() => now);
    const streams = new Map([["items", url]]);

    await Promise.all([look(streams), look(streams)]);
    expect(asked).toHaveLength(1);

    now += 1_000;
    await look(streams);
    expect(asked).toHaveLength(2);
  });

  test("says so when nothing answers, or something else does", async () => {
    const other = await streamThatSays({ hello: "world" });
    const gone = new URL("http://127.0.0.1:1");

    const views = await createStreamLooks()(
      new Map([
        ["gone", gone],
        ["other", other.url],
      ]),
    );

    expect(views.map(({ look }) => look)).toEqual([undefined, undefined]);
    expect(views.map(({ trouble }) => trouble)).toEqual([
      "It does not answer. Is it started, and at this address?",
      "What answers at its address does not speak of a stream.",
    ]);
  });
});
