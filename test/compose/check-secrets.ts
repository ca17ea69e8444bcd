import type { Checked, Problem } from "./checked.ts";

const SECRET_NAME = /PASSWORD|TOKEN|SECRET/;
const REQUIRED = /^\$\{[A-Z][A-Z0-9_]*:\?[^}]*\}$/;
const PASSWORD_IN_URL = /:\/\/[^:/@]+:([^@]*)@/;
const REFERENCE = /\$\{?[^}]*\}?/g;
const WELL_FORMED = /^\$\{[A-Z][A-Z0-9_]*(:[?-][^}]*)?\}$/;

/** No secret stands in the file: each is a variable without which compose does not start. */
export function checkSecrets({ services }: Checked): Problem[] {
  return services.flatMap(({ name, service, at }) =>
    Object.entries(service.environment).flatMap(([variable, value]) => {
      const place = ["environment", variable];
      const secret = SECRET_NAME.test(variable) ? value : PASSWORD_IN_URL.exec(value)?.[1];
      const malformed = (value.match(REFERENCE) ?? []).filter((reference) => !WELL_FORMED.test(reference));
      return [
        ...malformed.map((reference) => at(place, `${name}: ${variable} holds ${reference}, which is no reference.`)),
        ...(secret !== undefined && !REQUIRED.test(secret)
          ? [at(place, `${name}: the secret in ${variable} must be a required variable, \${NAME:?}.`)]
          : []),
      ];
    }),
  );
}
