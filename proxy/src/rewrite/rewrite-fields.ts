import { z } from "zod";

const cookies = z
  .strictObject({
    domain: z
      .union([z.string().regex(/^[A-Za-z0-9.-]+$/, "not a domain"), z.literal(false)])
      .optional()
      .describe("The Domain of cookies that have one; false leaves it out."),
    path: z
      .string()
      .regex(/^\/[\x21-\x3a\x3c-\x7e]*$/, "a path begins with a slash and contains no blank and no semicolon")
      .optional()
      .describe("The Path of all cookies."),
    sameSite: z.enum(["Strict", "Lax", "None"]).optional().describe("The SameSite of all cookies."),
    secure: z.boolean().optional().describe("Whether all cookies are Secure."),
  })
  .refine(({ sameSite, secure }) => sameSite !== "None" || secure === true, {
    error: "browsers drop a cookie with SameSite=None that is not Secure: add `secure: true`",
    path: ["sameSite"],
  });

/** How the answers of an upstream are changed for the customer. */
export const rewriteFields = z
  .strictObject({
    cookies: cookies.optional().describe("Attributes of Set-Cookie."),
    redirects: z
      .boolean()
      .optional()
      .describe("Whether an upstream's own address in Location, Content-Location and Refresh becomes the customer's."),
  })
  .describe("How answers are changed for the customer.");
