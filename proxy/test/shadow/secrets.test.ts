import { describe, expect, test } from "@jest/globals";
import type { ServerResponse } from "node:http";
import { waitFor } from "@strangler/platform";
import { isPrivateName, masked, redactPath, withoutPatterns } from "../../src/shadow/redact.ts";
import { counted, mismatches, raw, shadowReport, withSides } from "./sides.ts";

// Every value that nobody but the customer is to see. Some are known by the name they stand under, the others by their looks.
const SECRETS = {
  password: "correct horse 7",
  shortToken: "tk91x",
  email: "ann.smith@example.com",
  card: "4111 1111 1111 1111",
  phone: "+44 20 7946 0958",
  jwt: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
  apiKey: "sk4f9a8b7c6d5e4f3a2b1c",
  session: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  name: "Wilhelmina Harker",
  street: "Baker Street 221b",
} as const;

const LEAK = new RegExp(
  Object.values(SECRETS)
    .flatMap((secret) => [secret, encodeURIComponent(secret), secret.replaceAll(" ", "")])
    .map((secret) => secret.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|"),
);

const { password, shortToken, email, card, phone, jwt, apiKey, session, name, street } = SECRETS;

describe("what a customer said or was told is in no sample, no report, no page and no log", () => {
  test.each([
    [
      "in JSON, by its name and by its looks",
      "application/json",
      (side: string) =>
        JSON.stringify({
          side,
          user: { password: side + password, fullName: side + name, address: { line: side + street } },
          sessionToken: side + shortToken,
          note: `${side} call ${phone} or write to ${email}`,
          remark: side + jwt,
          link: `${side}/?key=${apiKey}`,
          history: [`${side} ${card}`],
          number: side === "a" ? 4_111_111_111_111_111 : 5_111_111_111_111_111,
          [email]: side,
        }),
    ],
    [
      "on a page",
      "text/html",
      (side: string) =>
        `<title>${side} ${name}</title><p>Dear ${name}, ${side}</p><input name="email" value="${side}${email}">
         <a href="/reset?token=${shortToken}${side}">reset</a><td>${street} ${side}</td><b>${side} ${card}</b>
         <script>var session = "${session}${side}"</script>`,
    ],
    [
      "in text",
      "text/plain",
      (side: string) => `${side} ${name}\n${side} ${street}\n${side} ${password} ${email} ${card} ${phone}`,
    ],
    [
      "where there is text on one side only",
      "text/plain",
      (side: string) => `${side === "a" ? "" : `${name}\n`}${password}`,
    ],
    [
      "in what is no JSON though it says so",
      "application/json",
      (side: string) => `{"password": "${password}${side}", ${email}`,
    ],
  ])("%s", (_where, contentType, body) =>
    withSides(
      (_request, response) => tell(response, contentType, body("a"), "a"),
      (_request, response) => tell(response, contentType, body("b"), "b"),
      async (proxy) => {
        const query = `email=${encodeURIComponent(email)}&access_token=${shortToken}&q=${encodeURIComponent(phone)}&next=%2F%3Fk%3D${apiKey}`;
        const response = await fetch(`${proxy.url}/items/${encodeURIComponent(email)}?${query}`, {
          headers: {
            cookie: `sid=${session}`,
            authorization: `Bearer ${apiKey}`,
            accept: `*/*;x=${apiKey}`,
            "x-request-id": session,
          },
        });
        await response.text();
        await counted(proxy, 1);
        await waitFor(
          "a verdict",
          async () => (await shadowReport(proxy)).routes[0]?.fields[0]?.verdict !== "undecided",
        );

        expect((await mismatches(proxy)).length).toBe(1);
        expect(JSON.stringify(await mismatches(proxy))).not.toMatch(LEAK);
        expect(JSON.stringify(await shadowReport(proxy))).not.toMatch(LEAK);
        const page = await fetch(`${proxy.adminUrl}/dashboard/shadow`);
        expect(await page.text()).not.toMatch(LEAK);
        expect(JSON.stringify(proxy.log.filter(({ msg }) => msg !== "request"))).not.toMatch(LEAK);
      },
    ),
  );

  test("not even in an answer that is none", async () => {
    const nonsense = await raw((socket) => socket.end(`${password} ${email}\r\n\r\n`));
    await withSides(
      (_request, response) => tell(response, "text/plain", password, "a"),
      nonsense,
      async (proxy) => {
        await (await fetch(`${proxy.url}/items/1`)).text();
        expect(await counted(proxy, 1)).toMatchObject({ failed: 1 });

        const log = JSON.stringify(proxy.log);
        expect(log).not.toMatch(LEAK);
        expect(log).not.toContain([...Buffer.from(password)].join(","));
      },
    );
  });
});

test("a route may show what its owner knows to be harmless, but nothing that looks like somebody's", () =>
  withSides(
    (_request, response) =>
      tell(response, "application/json", JSON.stringify({ name: "Green tea", mail: email, internal: "x1" }), "a"),
    (_request, response) =>
      tell(response, "application/json", JSON.stringify({ name: "Black tea", mail: "", internal: "x2" }), "a"),
    async (proxy) => {
      await (await fetch(`${proxy.url}/items/1`)).text();
      await counted(proxy, 1);

      const [mismatch] = await mismatches(proxy);
      expect(mismatch?.differences.map(({ field, control, candidate }) => [field, control, candidate])).toEqual([
        ["/name", `"Green tea"`, `"Black tea"`],
        ["/mail", `"[redacted]"`, `""`],
        ["/internal", "[redacted] 2 characters", "[redacted] 2 characters"],
      ]);
    },
    { rule: "{ samples: { reveal: [/name, /mail], hide: [/internal] } }" },
  ));

describe("private", () => {
  test.each([
    "password",
    "userEmail",
    "access_token",
    "X-Api-Key",
    "first_name",
    "lastNames",
    "zip",
    "cardNumber",
    "IBAN",
    "sid",
  ])("is a name such as %s", (word) => expect(isPrivateName(word)).toBe(true));

  test.each([
    "price",
    "status",
    "title",
    "summary",
    "items",
    "passengers",
    "tokenless".slice(5),
    "cityscape",
    "hostname",
    "id",
  ])("is not %s", (word) => expect(isPrivateName(word)).toBe(false));

  test.each([
    [
      "12.50 EUR at 2026-01-01T10:00:00.000Z, 0.30000000000000004",
      "12.50 EUR at 2026-01-01T10:00:00.000Z, 0.30000000000000004",
    ],
    ["card 4111-1111-1111-1111, tel (020) 7946 0958", "card [redacted], tel ([redacted]"],
    ["Bearer abc.def", "[redacted]"],
  ])("is what looks so in %j", (text, clean) => {
    expect(withoutPatterns(text)).toBe(clean);
  });

  test("is what running text says; its shape is not", () => {
    expect(masked("Only 3 left, Ann: 12.50 €")).toBe("xxxx 3 xxxx, xxx: 12.50 €");
  });

  test("is what a question names so", () => {
    expect(redactPath("/a?q=tea&access_token=x&page=2&api-key=y")).toEqual({
      path: "/a?q=tea&access_token=[redacted]&page=2&api-key=[redacted]",
      redacted: true,
    });
    expect(redactPath("/a?page=2")).toEqual({ path: "/a?page=2", redacted: false });
  });
});

// --- internal ---

function tell(response: ServerResponse, contentType: string, body: string, side: string): void {
  response.writeHead(200, {
    "content-type": contentType,
    "set-cookie": [`sid=${session}; Path=/${side}`],
    location: `/welcome?token=${shortToken}&side=${side}&email=${email}`,
  });
  response.end(body);
}
