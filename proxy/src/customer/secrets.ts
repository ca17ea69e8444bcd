import { readFileSync } from "node:fs";
import { errorCode, parseEnvironment } from "@strangler/platform";
import { z } from "zod";

const SHORTEST = 32;

const TOO_SHORT = `a secret has at least ${SHORTEST} characters; make one with "openssl rand -base64 32"`;

/** Secrets with blanks, commas or line ends between them. The first signs, all of them verify. An empty variable is none. */
const secrets = z.string().transform((text, context) => {
  const list = text.split(/[\s,]+/).filter((secret) => secret !== "");
  if (list.some((secret) => secret.length < SHORTEST)) context.addIssue(TOO_SHORT);
  return list;
});

const secretsFile = z.string().transform((file, context) => {
  if (file === "") return [];
  try {
    const { data = [] } = secrets.safeParse(readFileSync(file, "utf8"));
    if (data.length === 0) context.addIssue(`in ${file} ${TOO_SHORT}`);
    return data;
  } catch (error) {
    context.addIssue(`${file} cannot be read (${errorCode(error) ?? String(error)})`);
    return [];
  }
});

/** The variables by which a process gets the secrets that it signs with. */
export const secretVariables = {
  PROXY_SECRET: secrets.optional(),
  /** The same, for those who keep secrets out of the environment. */
  PROXY_SECRET_FILE: secretsFile.optional(),
};

/** The secrets in an environment; none where it names none. Throws EnvironmentInvalidError. */
export function readSecrets(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  return secretsOf(parseEnvironment(z.object(secretVariables), variables));
}

/** All secrets, those of the variable first. */
export function secretsOf({
  PROXY_SECRET = [],
  PROXY_SECRET_FILE = [],
}: {
  PROXY_SECRET?: readonly string[] | undefined;
  PROXY_SECRET_FILE?: readonly string[] | undefined;
}): readonly string[] {
  return [...PROXY_SECRET, ...PROXY_SECRET_FILE];
}
