import { z } from "zod";

/** `false`, or settings. What is wrong with the settings is said as if `false` were not possible: a plain union would only say that neither fits. */
export function offOr<Settings extends z.ZodType>(settings: Settings) {
  return z.union([z.literal(false), settings], {
    error: ({ code, errors }) => {
      const [, [fault] = []] = code === "invalid_union" ? errors : [];
      if (fault === undefined) return undefined;
      return fault.path.length === 0 ? fault.message : `${fault.path.join(".")}: ${fault.message}`;
    },
  });
}
