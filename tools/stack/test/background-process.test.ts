import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import {
  findBackgroundProcess,
  findStackEnvironment,
  readStackStatus,
  startBackgroundProcess,
  stopBackgroundProcess,
  stopStack,
} from "@strangler/stack";
import { NOTES, withNotes } from "./notes-stack.ts";

describe("a process started later than the stack", () => {
  const later = async (stateDirectory: string) => {
    const environment = await findStackEnvironment(stateDirectory);
    const port = environment["STRANGLER_PORT_LATER"] ?? "";
    return startBackgroundProcess({
      stateDirectory,
      name: "stream-notes",
      kind: "stream",
      script: path.join(NOTES, "programs/answers.ts"),
      environment: { PORT: port, DATABASE_URL: environment["STRANGLER_CAPTURE_NOTES_URL"] ?? "" },
      directory: NOTES,
      ports: { http: Number(port) },
      healthUrl: `http://127.0.0.1:${port}/`,
    });
  };

  test("is shown by status, found again by name, and started only once", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();

      const { identity } = await later(stateDirectory);

      await waitFor("the stream to be well", async () => {
        const { processes } = await readStackStatus(stateDirectory);
        return processes.at(-1)?.name === "stream-notes" && processes.at(-1)?.state === "healthy";
      });
      expect((await later(stateDirectory)).identity).toEqual(identity);
      expect(await findBackgroundProcess(stateDirectory, "stream-notes")).toMatchObject({ running: true, identity });
      expect(await stopBackgroundProcess(stateDirectory, "stream-notes")).toBe(true);
      expect(await findBackgroundProcess(stateDirectory, "stream-notes")).toBeUndefined();
      expect(await stopBackgroundProcess(stateDirectory, "stream-notes")).toBe(false);
    }));

  test("is stopped by down, before what it depends on", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      await later(stateDirectory);

      const { stopped } = await stopStack({ stateDirectory, purge: false });

      expect(stopped).toEqual(["stream-notes", "front", "answers", "postgres"]);
    }));
});
