import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  checkStream,
  dropStream,
  grantApply,
  grantCapture,
  prepareStream,
  readStreamStatus,
  verifyStream,
  type StreamAddresses,
  type StreamPlan,
} from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

const TABLE = "CREATE TABLE parcels (id int PRIMARY KEY, label text)";
const plan: StreamPlan = planOf([sameTable("parcels", ["id"], ["id", "label"])]);

describe.each([15, 18] as const)("roles with few rights, on PostgreSQL %i", (version) => {
  let pair: Pair;
  let addresses: StreamAddresses;

  const as = (url: string, role: string) => {
    const address = new URL(url);
    address.username = role;
    address.password = "secret";
    return address.href;
  };

  beforeAll(async () => {
    pair = await startPair({ source: version, target: version });
    await pair.onSource(
      `${TABLE}; CREATE TABLE secrets (id int PRIMARY KEY); CREATE ROLE capture LOGIN PASSWORD 'secret'`,
    );
    await pair.onTarget(
      `${TABLE}; CREATE TABLE others (id int PRIMARY KEY); CREATE ROLE apply LOGIN PASSWORD 'secret'`,
    );
    await pair.onSource("INSERT INTO parcels VALUES (1, 'one'); REVOKE ALL ON SCHEMA public FROM PUBLIC");
    const { source, target } = pair.addresses;
    addresses = { source, target, capture: as(source, "capture"), apply: as(target, "apply") };
  });
  afterAll(() => pair.remove());

  test("are told which rights they lack, with the statements that grant them", async () => {
    const problems = await checkStream(plan, { ...addresses, source: addresses.capture, target: addresses.apply });

    expect(problems.map(({ sentence }) => sentence)).toEqual([
      `The source's role "capture" may not replicate. ALTER ROLE "capture" REPLICATION.`,
      expect.stringMatching(
        /^The source's role "capture" may not read public.parcels \(id, label\). GRANT USAGE ON SCHEMA "public" TO "capture"; GRANT SELECT/,
      ),
      expect.stringMatching(/^The target's role "apply" lacks SELECT, INSERT, UPDATE, DELETE on public.parcels. GRANT/),
      expect.stringMatching(
        /^The target's role "apply" may not write as a replica, .* GRANT SET ON PARAMETER session_replication_role TO "apply".$/,
      ),
    ]);
    expect(new Set(problems.map(({ exitCode }) => exitCode))).toEqual(new Set([4]));
  });

  test("cannot publish: that is left to an owner, and said", async () => {
    await grantCapture(pair.addresses.source, plan, "capture");
    await grantApply(pair.addresses.target, plan, "apply");

    const problems = await checkStream(plan, { ...addresses, source: addresses.capture, target: addresses.apply });

    expect(problems.map(({ problem }) => problem)).toEqual(["NO_PUBLICATION"]);
    expect(problems[0]?.sentence).toMatch(
      /Run "strangler stream start parcels" with the address of the tables' owner in STRANGLER_DATABASE_SHOP_URL/,
    );
  });

  test("copy, follow and verify, once an owner has prepared", async () => {
    await prepareStream(plan, addresses);
    const least = { ...addresses, source: addresses.capture, target: addresses.apply };
    const stream = await follow({ ...pair, addresses: least }, plan);
    await pair.onSource("INSERT INTO parcels VALUES (2, 'two'); UPDATE parcels SET label = 'uno' WHERE id = 1");

    await catchUp({ ...pair, addresses: least }, plan);

    expect(await pair.onTarget("SELECT * FROM parcels ORDER BY id")).toEqual([
      { id: "1", label: "uno" },
      { id: "2", label: "two" },
    ]);
    expect(await readStreamStatus(plan, least)).toMatchObject({ state: "following" });
    expect(await verifyStream({ plan, addresses: least })).toMatchObject({ outcome: "equal" });
    await stream.close();
    await dropStream(plan, addresses);
  });

  test("own nothing and see nothing else", async () => {
    const [source] = await pair.onSource("SELECT has_table_privilege('capture', 'secrets', 'SELECT') AS secrets");
    const [target] = await pair.onTarget("SELECT has_table_privilege('apply', 'others', 'SELECT') AS others");
    const owned =
      "SELECT relname FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname IN ('capture', 'apply'))";

    expect([source, target]).toEqual([{ secrets: "f" }, { others: "f" }]);
    expect([...(await pair.onSource(owned)), ...(await pair.onTarget(owned))]).toEqual([]);
  });
});
