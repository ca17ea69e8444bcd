import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { changeRoutes } from "../../src/control/change-routes.ts";
import type { AuditEntry } from "../../src/control/audit/entry.ts";
import { replay } from "../../src/control/audit/text-step.ts";
import { verifyAudit } from "../../src/control/audit/verify.ts";
import type { ReplicaStatus } from "../../src/control/replicas/register.ts";
import type { RoutesStore } from "../../src/control/store/routes-store.ts";

export const ROUTES = `# who answers what
services:
  monolith: { url: "http://127.0.0.1:1" }
  stock: { url: "http://127.0.0.1:2" }
routes:
  - id: items # a comment with \u2028 and 🌱 in it
    match: { path: /items/* }
    service: stock
    stage: monolith
`;

/** A store that holds ROUTES, and ways to get at it past the store. */
export type StoreUnderTest = {
  store: RoutesStore;
  /** Another program's view of the same store. */
  another: () => RoutesStore;
  editOutside: (text: string) => Promise<void>;
};

export type WithStore = (use: (given: StoreUnderTest) => Promise<void>) => Promise<void>;

/** What every routes store must do, whatever it is made of. */
export function describeRoutesStore(name: string, withStore: WithStore): void {
  describe(`routes in ${name}`, () => {
    test("are read with a version that tells the same text everywhere", () =>
      withStore(async ({ store, another }) => {
        const { text, version } = await store.read();

        expect(text).toBe(ROUTES);
        expect(version).toMatch(/^[0-9a-f]{12}$/);
        expect((await another().read()).version).toBe(version);
      }));

    test("are changed with the change entered: who, why, from what, to what", () =>
      withStore(async ({ store }) => {
        const { before, after, entry } = await changeRoutes(store, to("shadow"), "os:anna", " first look ");

        expect((await store.read()).version).toBe(after);
        expect(entry).toMatchObject({
          seq: 2,
          actor: "os:anna",
          action: "set stages",
          reason: "first look",
          forced: false,
          changes: [
            { id: "items", before: { stage: "monolith", percent: null }, after: { stage: "shadow", percent: null } },
          ],
          before: { version: before },
          after: { version: after },
        });
        const [newest, first] = await store.history({ limit: 10 });
        expect(newest).toEqual(entry);
        expect(first).toMatchObject({ seq: 1, action: "begin", actor: "outside", text: { whole: ROUTES } });
        expect(await store.history({ before: 2, limit: 10 })).toEqual([first]);
      }));

    test("are not changed when they are no longer those that the wish is based on", () =>
      withStore(async ({ store, another }) => {
        const { version } = await store.read();
        await changeRoutes(another(), to("shadow"), "os:bert");

        const late = changeRoutes(store, to("shadow"), "os:anna", undefined, { ifVersion: version });

        await expect(late).rejects.toMatchObject({ code: "ROUTES_CHANGED_MEANWHILE", exitCode: 5 });
        expect(await store.history({ limit: 10 })).toHaveLength(2);
      }));

    test("with many writers at once: every version leads to one other only, and the log has all of them in order", () =>
      withStore(async ({ store, another }) => {
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, (_, writer) => insist(another(), `os:writer-${writer}`, writer)),
        );

        expect(outcomes.every((refusals) => refusals >= 0)).toBe(true);
        const verdict = await verifyAudit(store.auditLines(), { currentText: (await store.read()).text });
        expect(verdict).toMatchObject({ entries: 13, faults: [] });
        const entries = (await store.history({ limit: 50 })).reverse();
        for (const [index, entry] of entries.slice(1).entries()) expect(entry.before).toEqual(entries[index]?.after);
      }));

    test("edited by hand are noticed, once, and entered with what became of the stages", () =>
      withStore(async ({ store, another, editOutside }) => {
        await changeRoutes(store, to("shadow"), "os:anna");
        const { text } = await store.read();
        await editOutside(text.replace("stage: shadow", "stage: service"));

        const noticed = await Promise.all([store.noticeOutsideEdit(), another().noticeOutsideEdit()]);
        const [entry] = noticed.filter((each) => each !== undefined);

        expect(noticed.filter((each) => each !== undefined)).toHaveLength(1);
        expect(entry).toMatchObject({
          seq: 3,
          actor: "outside",
          action: "edited outside",
          changes: [{ id: "items", before: { stage: "shadow" }, after: { stage: "service" } }],
        });
        expect(await store.noticeOutsideEdit()).toBeUndefined();
        expect((await verifyAudit(store.auditLines())).faults).toEqual([]);
      }));

    test("edited by hand are noticed at the latest by the next change", () =>
      withStore(async ({ store, editOutside }) => {
        await changeRoutes(store, to("shadow"), "os:anna");
        await editOutside(`${(await store.read()).text}# by hand\n`);
        await changeRoutes(store, { ...to("canary"), percent: 5 }, "os:anna");

        const actions = (await store.history({ limit: 10 })).map(({ action }) => action);
        expect(actions).toEqual(["set stages", "edited outside", "set stages", "begin"]);
        expect((await store.read()).text).toContain("# by hand");
      }));

    test("can be had as they were at any instant, bit for bit", () =>
      withStore(async ({ store }) => {
        const seen: { at: Date; text: string }[] = [];
        for (let percent = 1; percent <= 120; percent += 1) {
          const wish = percent === 1 ? to("shadow") : { ...to("canary"), percent: percent / 2 };
          const { entry } = await changeRoutes(store, wish, "os:anna");
          seen.push({ at: new Date(entry?.at ?? 0), text: (await store.read()).text });
        }

        const entries = await all(store);
        // Several may have been entered within one millisecond; then the last of them counts.
        const last = new Map(seen.map(({ at, text }) => [at.getTime(), text]));
        for (const [at, text] of last) expect(replay(entries, new Date(at))).toBe(text);
        expect(replay(entries, new Date(0))).toBeUndefined();
        // A change costs what it changes, not the whole file again.
        expect(entries.filter(({ text }) => "whole" in text)).toHaveLength(2);
      }));

    test("tell whoever follows them", () =>
      withStore(async ({ store, another, editOutside }) => {
        const follower = another();
        let looks = 0;
        const unfollow = follower.follow(() => void (looks += 1));
        try {
          const heard = async (text: string) => looks > 0 && (await follower.read()).text.includes(text);
          await changeRoutes(store, to("shadow"), "os:anna");
          await waitFor("the change", () => heard("stage: shadow"));
          const before = looks;
          await editOutside(`${(await store.read()).text}# by hand\n`);
          await waitFor("the edit", () => looks > before && heard("# by hand"));
        } finally {
          unfollow();
        }
      }));

    test("know which replicas have them in force, until these leave", () =>
      withStore(async ({ store, another }) => {
        const { version } = await store.read();
        const status = (id: string, refused: ReplicaStatus["refused"] = null): ReplicaStatus => ({
          ...{ id, host: "elsewhere", pid: 1, adminUrl: null, version, swapMs: 0.1, refused },
          appliedAt: new Date().toISOString(),
        });
        await store.replicas.announce(status("a"));
        await another().replicas.announce(status("b", { version: "0".repeat(12), reason: "a field I do not know" }));

        const seen = await store.replicas.list();
        expect(seen).toMatchObject([
          { id: "a", refused: null },
          { id: "b", refused: { reason: "a field I do not know" } },
        ]);
        expect(Math.max(...seen.map(({ seenMsAgo }) => seenMsAgo))).toBeLessThan(5_000);
        await store.replicas.leave("a");
        await another().replicas.leave("b");
        expect(await store.replicas.list()).toEqual([]);
      }));
  });
}

export function to(stage: "monolith" | "shadow" | "canary" | "service") {
  return { selectors: ["items"], stage };
}

// --- internal ---

/** Sets a share that nobody else sets, again and again until it is not refused. Answers how often it was. */
async function insist(store: RoutesStore, actor: string, share: number): Promise<number> {
  for (let refusals = 0; ; refusals += 1) {
    try {
      await changeRoutes(store, { ...to("canary"), percent: share, force: true }, actor, "a test");
      return refusals;
    } catch (error) {
      if ((error as { code?: string }).code !== "ROUTES_CHANGED_MEANWHILE") throw error;
    }
  }
}

async function all(store: RoutesStore): Promise<AuditEntry[]> {
  return (await store.history({ limit: 1_000 })).reverse();
}
