import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { readSecrets } from "../../src/customer/secrets.ts";

const ONE = "a-secret-of-more-than-thirty-two-letters";
const TWO = "another-secret-of-more-than-thirty-two";

test("secrets come from a variable, from a file, or from both, the newest first", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-secrets-"));
  const file = path.join(folder, "secret");
  try {
    await writeFile(file, `${TWO}\n`);

    expect(readSecrets({})).toEqual([]);
    expect(readSecrets({ PROXY_SECRET: "", PROXY_SECRET_FILE: "" })).toEqual([]);
    expect(readSecrets({ PROXY_SECRET: `${ONE}, ${TWO}` })).toEqual([ONE, TWO]);
    expect(readSecrets({ PROXY_SECRET: ONE, PROXY_SECRET_FILE: file })).toEqual([ONE, TWO]);

    await writeFile(file, "hush");
    expect(() => readSecrets({ PROXY_SECRET_FILE: file })).toThrow(`in ${file} a secret has at least 32 characters`);
    expect(() => readSecrets({ PROXY_SECRET_FILE: `${file}-gone` })).toThrow("cannot be read (ENOENT)");
    expect(() => readSecrets({ PROXY_SECRET: `${ONE},hush` })).toThrow(/^(?!.*hush).*PROXY_SECRET/s);
  } finally {
    await rm(folder, { recursive: true });
  }
});
