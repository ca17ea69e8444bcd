// Names of fields arrive as fresh strings, and everything that looks one up (a set, an object) first has to hash it. The names that
// browsers and proxies send are few: they are found here by their length and then by comparing, and what comes out is the same
// string every time, in small letters, whose hash the engine knows already.

const COMMON = [
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Authorization",
  "Cache-Control",
  "Connection",
  "Cookie",
  "DNT",
  "Forwarded",
  "Host",
  "If-Modified-Since",
  "If-None-Match",
  "Origin",
  "Pragma",
  "Priority",
  "Range",
  "Referer",
  "Sec-Ch-Ua",
  "Sec-Ch-Ua-Mobile",
  "Sec-Ch-Ua-Platform",
  "Sec-Fetch-Dest",
  "Sec-Fetch-Mode",
  "Sec-Fetch-Site",
  "Sec-Fetch-User",
  "Traceparent",
  "Tracestate",
  "Upgrade-Insecure-Requests",
  "User-Agent",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "X-Real-IP",
  "X-Request-Id",
  "X-Requested-With",
] as const;

type Spelling = { readonly spelt: string; readonly name: string };

const byLength: Spelling[][] = [];
for (const common of COMMON) {
  const name = common.toLowerCase();
  // As HTTP/1.1 clients spell it, and as HTTP/2 and those who come from it do.
  (byLength[name.length] ??= []).push({ spelt: common, name }, { spelt: name, name });
}

/** The name of a field in small letters. */
export function fieldName(raw: string): string {
  const spellings = byLength[raw.length];
  if (spellings !== undefined) for (const { spelt, name } of spellings) if (spelt === raw) return name;
  return raw.toLowerCase();
}
