import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { SignJWT, UnsecuredJWT } from "jose";
import { addIdentity, createAdmission, type Admission, type AdmittingRoute } from "../../src/admission/admission.ts";
import { createKeyring } from "../../src/customer/keyring.ts";
import type { RequestHead } from "../../src/guard/request-head.ts";
import { parseRoutes, type RoutesSnapshot } from "../../src/routes/parse.ts";
import { AUDIENCE, createSigningKey, ISSUER, jwksOf, startIssuer, type SigningKey } from "../kit/issuer.ts";

type Gate = {
  admission: Admission;
  snapshot: RoutesSnapshot;
  /** The status of the refusal, or 200 and the claims. */
  ask: (token: string | undefined, facts?: { route?: string; headers?: Record<string, string> }) => Promise<Answer>;
};
type Answer = { status: number; challenge?: string | undefined; claims?: Record<string, unknown> | undefined };

const ROUTES = `
routes:
  - { id: members, match: { path: /members }, service: stock, stage: service, auth: {} }
  - { id: admin, match: { path: /admin }, service: stock, stage: service, auth: { roles: [admin, root] } }
  - { id: both, match: { path: /both }, service: stock, stage: service, auth: { optional: true } }
`;

async function withGate(folder: string, jwt: string, use: (gate: Gate) => Promise<void>): Promise<void> {
  const text = `services: { monolith: { url: "http://127.0.0.1:1" }, stock: { url: "http://127.0.0.1:2" } }
jwt: { issuer: "${ISSUER}", audience: [other, ${AUDIENCE}], rolesClaim: realm_access.roles, ${jwt} }${ROUTES}`;
  const snapshot = parseRoutes(path.join(folder, "routes.yaml"), text);
  const admission = createAdmission({
    log: createLogger({ name: "test", level: "silent" }),
    isTrusted: () => false,
    keyring: createKeyring([]),
  });
  admission.apply(snapshot);
  const ask: Gate["ask"] = async (token, { route: id = "members", headers = {} } = {}) => {
    const route = snapshot.routes.find((each) => each.id === id) as AdmittingRoute;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await admission.admit(
      { headers: { ...authorization, ...headers }, socket: {} } as unknown as RequestHead,
      route,
    );
    if ("admitted" in answer) return { status: 200, claims: answer.admitted.claims };
    const { status, fields } = answer.refusal;
    return { status, challenge: fields[fields.indexOf("www-authenticate") + 1] };
  };
  try {
    await use({ admission, snapshot, ask });
  } finally {
    admission.close();
  }
}

let folder: string;
let key: SigningKey;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-tokens-"));
  key = await createSigningKey("k1");
});
afterAll(() => rm(folder, { recursive: true }));

describe("a token", () => {
  test("is needed, and must be signed by a known key for this issuer and audience, and be in time", async () => {
    const stranger = await createSigningKey("k1");
    const unknown = await createSigningKey("k9");
    await writeFile(path.join(folder, "a.json"), JSON.stringify(jwksOf([key.jwk])));
    await withGate(folder, `jwks: { file: a.json }, cookie: token`, async ({ ask, admission }) => {
      const good = await key.sign({ role: "x" });
      expect(await ask(good)).toMatchObject({ status: 200, claims: { sub: "anna", role: "x" } });
      expect(await ask(undefined, { headers: { cookie: `a=b; token=${good}` } })).toMatchObject({ status: 200 });
      expect(await ask(undefined)).toEqual({ status: 401, challenge: "Bearer", claims: undefined });
      expect(await ask(undefined, { headers: { authorization: "Basic YTpi" } })).toMatchObject({ challenge: "Bearer" });

      const [header = "", payload = "", signature = ""] = good.split(".");
      const bad: [string, string, RegExp][] = [
        ["signed by a stranger", await stranger.sign(), /signature is wrong/],
        ["signed by an unknown key", await unknown.sign(), /unknown key/],
        ["expired", await key.sign({}, "-10s"), /expired/],
        ["not yet valid", await key.sign({ nbf: Math.floor(Date.now() / 1000) + 60 }), /another time/],
        ["of another issuer", await key.sign({ iss: "https://evil.test" }), /issuer/],
        ["for another audience", await key.sign({ aud: "bank" }), /audience/],
        ["changed", [header, Buffer.from(`{"sub":"eve"}`).toString("base64url"), signature].join("."), /signature/],
        ["cut off", `${header}.${payload}`, /malformed/],
        ["nonsense", "no-token", /malformed/],
      ];
      for (const [what, token, why] of bad) {
        expect({ what, ...(await ask(token)) }).toEqual({
          what,
          status: 401,
          challenge: expect.stringMatching(why) as unknown,
          claims: undefined,
        });
      }
      expect(admission.report().routes).toEqual([
        { route: "members", admitted: 2, limited: 0, unauthenticated: 11, forbidden: 0, unverifiable: 0 },
      ]);
    });
  });

  test("without a signature, or with one by a public key used as a secret, is worth nothing", async () => {
    await writeFile(path.join(folder, "alg.json"), JSON.stringify(jwksOf([key.jwk])));
    await withGate(folder, `jwks: { file: alg.json }`, async ({ ask }) => {
      const claims = { iss: ISSUER, aud: AUDIENCE, sub: "eve" };
      const none = new UnsecuredJWT(claims).setExpirationTime("1h").encode();
      const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
      const hmac = await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid: "k1" })
        .setExpirationTime("1h")
        .sign(secret);
      expect(await ask(none)).toMatchObject({ status: 401 });
      expect(await ask(hmac)).toMatchObject({ status: 401, challenge: expect.stringMatching(/algorithm/) as unknown });
    });
    expect(() => parseRoutes("r.yaml", `jwt: { algorithms: [HS256] }`)).toThrow();
  });

  test("opens a route only with one of its roles, and is not asked for where it is optional, unless it is bad", async () => {
    await writeFile(path.join(folder, "roles.json"), JSON.stringify(jwksOf([key.jwk])));
    await withGate(folder, `jwks: { file: roles.json }`, async ({ ask }) => {
      const admin = await key.sign({ realm_access: { roles: ["clerk", "root"] } });
      const clerk = await key.sign({ realm_access: { roles: ["clerk"] } });
      const sly = await key.sign({ roles: ["admin"], realm_access: { roles: ["xadmin", { admin: true }] } });
      expect(await ask(admin, { route: "admin" })).toMatchObject({ status: 200 });
      expect(await ask(clerk, { route: "admin" })).toMatchObject({
        status: 403,
        challenge: expect.stringContaining("insufficient_scope") as unknown,
      });
      expect(await ask(sly, { route: "admin" })).toMatchObject({ status: 403 });
      expect(await ask(undefined, { route: "both" })).toEqual({ status: 200, claims: undefined });
      expect(await ask("no-token", { route: "both" })).toMatchObject({ status: 401 });
      expect(await ask(undefined, { route: "both", headers: { authorization: "Bearer" } })).toMatchObject({
        status: 401,
      });
    });
  });

  test("is known again for a while, though not past its end, nor when the keys have changed", async () => {
    const file = path.join(folder, "again.json");
    await writeFile(file, JSON.stringify(jwksOf([key.jwk])));
    await withGate(folder, `jwks: { file: again.json }, clockToleranceSeconds: 0`, async ({ ask }) => {
      const lasting = await key.sign();
      const brief = await key.sign({}, "2s");
      expect([(await ask(lasting)).status, (await ask(brief)).status]).toEqual([200, 200]);
      await waitFor("the end of the brief one", async () => (await ask(brief)).status === 401);
      expect((await ask(lasting)).status).toBe(200);
      await writeFile(file, JSON.stringify(jwksOf([(await createSigningKey("k2")).jwk])));
      await waitFor("other keys", async () => (await ask(lasting)).status === 401);
    });
  });

  test("becomes headers for the upstream, as far as they are unambiguous; the token itself stays or goes", async () => {
    await writeFile(path.join(folder, "headers.json"), JSON.stringify(jwksOf([key.jwk])));
    const jwt = `jwks: { file: headers.json }, headers: { X-Auth-Subject: sub, x-auth-roles: realm_access.roles, x-auth-name: name }`;
    await withGate(folder, jwt, async ({ snapshot }) => {
      const headers = { authorization: "Bearer t" };
      addIdentity(headers, snapshot.jwt, {
        sub: "anna",
        realm_access: { roles: ["a", "b"] },
        name: "Ann\r\nx-admin: 1",
      });
      expect(headers).toEqual({ authorization: "Bearer t", "x-auth-subject": "anna", "x-auth-roles": "a,b" });
      const sly = {};
      addIdentity(sly, snapshot.jwt, { sub: { a: 1 }, realm_access: { roles: ["a,admin"] } });
      expect(sly).toEqual({});
      expect([...snapshot.hidden.fields]).toEqual(
        expect.arrayContaining([
          "x-auth-subject",
          "x_auth_subject",
          "x-auth_subject",
          "x_auth-subject",
          "x-auth-roles",
        ]),
      );
    });
    await withGate(folder, `jwks: { file: headers.json }, authorization: strip`, async ({ snapshot }) => {
      const headers = { authorization: "Bearer t" };
      addIdentity(headers, snapshot.jwt, { sub: "anna" });
      expect(headers).toEqual({});
    });
  });
});

describe("an issuer's keys", () => {
  test("are fetched once for many requests, and at once for a new key, though not for each of a flood", async () => {
    const issuer = await startIssuer([key.jwk]);
    const next = await createSigningKey("k2");
    await withGate(folder, `jwks: { url: "${issuer.url}", cooldownSeconds: 0.5 }`, async ({ ask, admission }) => {
      const token = await key.sign();
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(token)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(issuer.fetches()).toBe(1);
      expect(admission.report().keys).toMatchObject({ count: 1, failure: null });

      issuer.keys = [key.jwk, next.jwk];
      const rotated = await next.sign();
      await waitFor("the new key", async () => (await ask(rotated)).status === 200);
      const strange = await (await createSigningKey("k3")).sign();
      const before = issuer.fetches();
      for (let count = 0; count < 20; count += 1) expect((await ask(strange)).status).toBe(401);
      expect(issuer.fetches() - before).toBeLessThanOrEqual(1);
    });
    await issuer.close();
  });

  test("stay in force while the issuer is down; what they cannot decide is answered 503, and so is all before the first keys", async () => {
    const issuer = await startIssuer([key.jwk]);
    issuer.status = 503;
    await withGate(folder, `jwks: { url: "${issuer.url}", cooldownSeconds: 0, refreshSeconds: 0.2 }`, async (gate) => {
      const { ask, admission } = gate;
      const token = await key.sign();
      expect((await ask(token)).status).toBe(503);
      expect(admission.report().keys).toMatchObject({
        confirmedAt: null,
        failure: expect.stringMatching(/503/) as unknown,
      });
      issuer.status = 200;
      await waitFor("keys", async () => (await ask(token)).status === 200);

      issuer.status = 500;
      await waitFor("a failure", () => admission.report().keys?.failure !== null);
      expect((await ask(await key.sign({ sub: "bert" }))).status).toBe(200);
      expect((await ask(await (await createSigningKey("k4")).sign())).status).toBe(503);
      const before = issuer.fetches();
      for (let count = 0; count < 20; count += 1) await ask(await key.sign({ sub: String(count) }));
      expect(issuer.fetches() - before).toBeLessThanOrEqual(2);
    });
    await issuer.close();
  });

  test("that do not say which is which are all tried", async () => {
    const [one, two] = [await createSigningKey(undefined), await createSigningKey(undefined)];
    await writeFile(path.join(folder, "unnamed.json"), JSON.stringify(jwksOf([one.jwk, two.jwk])));
    await withGate(folder, `jwks: { file: unnamed.json }`, async ({ ask }) => {
      expect((await ask(await two.sign())).status).toBe(200);
      expect((await ask(await (await createSigningKey(undefined)).sign())).status).toBe(401);
    });
  });

  test.each([
    ["empty", { keys: [] }],
    ["secret", { keys: [{ kty: "oct", k: "c2VjcmV0", alg: "HS256" }] }],
  ])("are not taken from a file that is %s", async (name, content) => {
    await writeFile(path.join(folder, `${name}.json`), JSON.stringify(content));
    await withGate(folder, `jwks: { file: ${name}.json }`, async ({ ask }) => {
      expect((await ask(await key.sign())).status).toBe(503);
    });
  });
});
