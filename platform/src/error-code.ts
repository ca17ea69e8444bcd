/** The `code` of a system or database error ("EADDRINUSE", "23505"), whichever realm or library made it. */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
