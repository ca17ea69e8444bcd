import { chmod, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { findPostgresBinaries, findServerUser, readStackStatus, stopStack } from "@strangler/stack";
import { mayRun } from "../src/postgres/enterable.ts";
import { preparePlace } from "../src/postgres/place.ts";
import { openStateDirectory, statePaths } from "../src/state/state-directory.ts";
import { withNotes } from "./notes-stack.ts";

// Only root's server runs as somebody else, who may be shut out.
const asRoot = process.getuid?.() === 0 ? test : test.skip;

describe("below a home that only root may enter", () => {
  asRoot("the server's data goes to a folder of its own, status says where, and a purge removes it", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await chmod(path.dirname(stateDirectory), 0o700);
      const elsewhere = statePaths(stateDirectory).postgresElsewhere;

      await up();

      expect(await readStackStatus(stateDirectory)).toMatchObject({ state: "up", server: { home: elsewhere } });
      await stopStack({ stateDirectory, purge: true });
      expect(existsSync(elsewhere)).toBe(false);
    }),
  );

  asRoot("the server's programs are copied to where its user may run them", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "strangler-closed-"));
    const { directory } = await findPostgresBinaries();
    const native = path.join(home, "native");
    await cp(path.dirname(directory), native, { recursive: true, verbatimSymlinks: true });
    const paths = await openStateDirectory(path.join(home, ".strangler"));
    try {
      const closed = { directory: path.join(native, "bin") };
      const user = findServerUser();

      const place = await preparePlace({ paths, binaries: closed, user });

      expect(mayRun(user, path.join(closed.directory, "postgres"))).toBe(false);
      expect(mayRun(user, path.join(place.binaries.directory, "postgres"))).toBe(true);
      expect(place.home).toBe(paths.postgresElsewhere);
    } finally {
      await rm(home, { recursive: true, force: true });
      await rm(paths.postgresElsewhere, { recursive: true, force: true });
    }
  });

  asRoot("a folder that another user has laid out for us is not used", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "strangler-closed-"));
    const paths = await openStateDirectory(path.join(home, ".strangler"));
    const { chown } = await import("node:fs/promises");
    await mkdir(paths.postgresElsewhere);
    await chown(paths.postgresElsewhere, 65_534, 65_534);
    try {
      const preparation = preparePlace({ paths, binaries: await findPostgresBinaries(), user: findServerUser() });

      await expect(preparation).rejects.toMatchObject({ code: "PLACE_TAKEN", exitCode: 4 });
    } finally {
      await rm(home, { recursive: true, force: true });
      await rm(paths.postgresElsewhere, { recursive: true, force: true });
    }
  });
});
