import type { Refusal } from "../guard/inspect.ts";

/** A request that is not let in: what to answer, with the fields that belong to it, name and value in turn. */
export type AdmissionRefusal = Refusal & { readonly fields: readonly string[]; readonly counted: RefusalKind };

export type RefusalKind = "limited" | "unauthenticated" | "forbidden" | "unverifiable";

/** RFC 6585 section 4. `fields` tell the limits, of which one is exhausted for another `retryAfterS` seconds. */
export function tooMany(retryAfterS: number, fields: readonly string[]): AdmissionRefusal {
  return {
    status: 429,
    title: "Too Many Requests",
    detail: `The limit of this route is reached. Try again in ${retryAfterS} s.`,
    close: false,
    fields: ["retry-after", String(retryAfterS), ...fields],
    counted: "limited",
  };
}

/** RFC 6750 section 3: without a token no error is named, with a bad one its fault is. */
export function unauthenticated(why?: string): AdmissionRefusal {
  const challenge = why === undefined ? "Bearer" : `Bearer error="invalid_token", error_description="${why}"`;
  return {
    status: 401,
    title: "Unauthorized",
    detail: why === undefined ? "This route asks for a token." : `The token is not accepted: ${why}.`,
    close: false,
    fields: ["www-authenticate", challenge],
    counted: "unauthenticated",
  };
}

export function forbidden(): AdmissionRefusal {
  return {
    status: 403,
    title: "Forbidden",
    detail: "The token is good, but its roles do not reach this route.",
    close: false,
    fields: ["www-authenticate", `Bearer error="insufficient_scope"`],
    counted: "forbidden",
  };
}

export function unverifiable(): AdmissionRefusal {
  return {
    status: 503,
    title: "Service Unavailable",
    detail: "Tokens cannot be verified at the moment.",
    close: false,
    fields: ["retry-after", "1"],
    counted: "unverifiable",
  };
}
