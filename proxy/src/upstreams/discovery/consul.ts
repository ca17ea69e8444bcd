import { isIPv6 } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { errorCode } from "@strangler/platform";
import { Agent, request } from "undici";
import { z } from "zod";
import type { Found } from "../instance.ts";
import type { ConsulPlan } from "../pool-plan.ts";
import type { Discovery, DiscoveryEvents } from "./discovery.ts";

// Consul's blocking queries: an answer carries X-Consul-Index, and the next question with that index is answered when something has
// changed, or after `wait`. https://developer.hashicorp.com/consul/api-docs/features/blocking

/** Follows the instances of a service whose checks pass. The token goes into a header, and is never told to anybody else. */
export function followConsul(plan: ConsulPlan, events: DiscoveryEvents, token: string | undefined): Discovery {
  const agent = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 0, bodyTimeout: 10_000 });
  const stop = new AbortController();
  void ask();

  async function ask(): Promise<void> {
    let index = 0;
    let failures = 0;
    // The first report comes after this call has returned.
    await pause(0, undefined, { ref: false });
    while (!stop.signal.aborted) {
      const askedAt = performance.now();
      try {
        const answer = await query(agent, plan, index, token, stop.signal);
        if (stop.signal.aborted) return;
        events.found(answer.instances);
        index = nextIndex(index, answer.index);
        failures = 0;
      } catch (error) {
        if (stop.signal.aborted) return;
        events.failed(describe(error));
        // "Reset the index if it goes backwards", and after errors too: the server may be another one.
        index = 0;
        failures += 1;
      }
      await wait(pauseMs(failures, performance.now() - askedAt), stop.signal);
    }
  }

  return {
    from: `consul ${plan.service} at ${plan.url}`,
    close: () => {
      stop.abort();
      void agent.destroy();
    },
  };
}

/** What to ask with next: 0, which does not block, if the index went backwards or is none. */
export function nextIndex(before: number, told: number): number {
  return Number.isSafeInteger(told) && told > 0 && told >= before ? told : 0;
}

// --- internal ---

const WAIT_S = 60;
// Consul adds up to a sixteenth of `wait`; the rest is for the way.
const PATIENCE_MS = WAIT_S * 1_000 * (1 + 1 / 16) + 5_000;
const BODY_BYTES = 4_194_304;
const LEAST_MS = 100;
const MOST_MS = 30_000;

class ConsulRefusedError extends Error {}

const answerSchema = z.array(
  z.object({
    Node: z.object({ Address: z.string() }),
    Service: z.object({
      // Empty where the service is registered without an address: it is then the node's.
      Address: z.string(),
      Port: z.number().int().min(1).max(65_535),
      Weights: z.object({ Passing: z.number() }).nullish(),
    }),
  }),
);

type Answer = { instances: Found[]; index: number };

async function query(
  agent: Agent,
  plan: ConsulPlan,
  index: number,
  token: string | undefined,
  stopped: AbortSignal,
): Promise<Answer> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(PATIENCE_MS)]);
  const { statusCode, headers, body } = await request(urlOf(plan, index), {
    dispatcher: agent,
    signal,
    headers: token === undefined ? {} : { "x-consul-token": token },
  });
  if (statusCode !== 200) {
    await body.dump({ limit: BODY_BYTES, signal });
    throw new ConsulRefusedError(`Consul answered ${statusCode}`);
  }
  const text = await readText(body);
  return { instances: parseAnswer(text, plan.scheme), index: Number(headers["x-consul-index"] ?? 0) };
}

function urlOf({ url, service, tag, datacenter }: ConsulPlan, index: number): URL {
  const address = new URL(`/v1/health/service/${encodeURIComponent(service)}`, url);
  address.searchParams.set("passing", "true");
  if (tag !== undefined) address.searchParams.set("tag", tag);
  if (datacenter !== undefined) address.searchParams.set("dc", datacenter);
  if (index > 0) {
    address.searchParams.set("index", String(index));
    address.searchParams.set("wait", `${WAIT_S}s`);
  }
  return address;
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) throw new ConsulRefusedError(`Consul's answer is longer than ${BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseAnswer(text: string, scheme: string): Found[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConsulRefusedError("Consul's answer is no JSON");
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) throw new ConsulRefusedError("Consul's answer is not a list of services with address and port");
  return parsed.data.map(({ Node, Service }) => {
    const address = Service.Address === "" ? Node.Address : Service.Address;
    const host = isIPv6(address) ? `[${address}]` : address;
    const origin = `${scheme}://${host}:${Service.Port}`;
    if (!URL.canParse(origin)) throw new ConsulRefusedError(`Consul names an address that is none: ${origin}`);
    return { origin: new URL(origin).origin, weight: Math.max(1, Service.Weights?.Passing ?? 1), priority: 0 };
  });
}

// Failures double the pause. Without one, an answer that came at once is followed by a short pause: Consul asks its clients to limit
// their own rate, as some changes answer blocked questions without being seen in the answer.
function pauseMs(failures: number, tookMs: number): number {
  if (failures > 0) return Math.min(LEAST_MS * 2 ** failures, MOST_MS);
  return Math.max(0, LEAST_MS - tookMs);
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

function describe(error: unknown): string {
  if (error instanceof ConsulRefusedError) return error.message;
  if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
  return errorCode(error) ?? "the connection broke";
}
