import { z } from "zod";

/** How a route lets go of WebSockets that a flip has left on its old side. */
export const drainMs = z
  .int()
  .min(0)
  .max(86_400_000)
  .optional()
  .describe(
    "After a flip, WebSockets left on the old side are closed after so many milliseconds; without it they stay.",
  );
