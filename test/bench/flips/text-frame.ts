/** A short text as one WebSocket frame of a server: RFC 6455 section 5.2. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new RangeError("the frame is for short texts");
  return Buffer.concat([Buffer.of(0x81, payload.length), payload]);
}
