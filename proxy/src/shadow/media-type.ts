/** Whether bodies of this type are text, to be decoded by their charset. */
export function isText(mediaType: string | undefined): boolean {
  return /^text\/|\b(?:json|xml|javascript|ecmascript|x-www-form-urlencoded|yaml)\b|\+(?:json|xml)\b/i.test(
    mediaType ?? "",
  );
}

/** The text of a body by its charset; undefined when it is not in it. */
export function decodeText(bytes: Buffer, contentType: string | undefined): string | undefined {
  const charset = /;\s*charset\s*=\s*"?([\w-]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
