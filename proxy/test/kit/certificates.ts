import { execFile, execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why certificates cannot be made here; undefined when they can. */
export function findMissingOpenssl(): string | undefined {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no openssl";
  }
}

export type Authority = {
  /** PEM. */
  certificate: string;
  file: string;
  /** Issues a certificate for these names, into NAME.crt and NAME.key of the folder. The same name again replaces both. */
  issue: (name: string, ...names: string[]) => Promise<{ certFile: string; keyFile: string }>;
};

/** An authority made for this test. Its key stays in the folder and is trusted by nobody else. */
export async function createAuthority(folder: string): Promise<Authority> {
  const file = path.join(folder, "authority.crt");
  const key = path.join(folder, "authority.key");
  const fresh = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await run("openssl", [...fresh, "-subj", "/CN=test authority", "-keyout", key, "-out", file]);
  return {
    certificate: await readFile(file, "utf8"),
    file,
    issue: async (name, ...names) => {
      const certFile = path.join(folder, `${name}.crt`);
      const keyFile = path.join(folder, `${name}.key`);
      const alternatives = `subjectAltName=${names.map((each) => (/^[\d.]+$/.test(each) ? `IP:${each}` : `DNS:${each}`)).join()}`;
      const issued = ["-CA", file, "-CAkey", key, "-subj", `/CN=${name}`, "-addext", alternatives];
      const leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
      await run("openssl", [...fresh, ...issued, ...leaf, "-keyout", keyFile, "-out", certFile]);
      return { certFile, keyFile };
    },
  };
}
