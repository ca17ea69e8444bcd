// What `guard/canonical-path.ts` refuses, as regular expressions over the path as it was sent (no query), in what PCRE and RE2 have
// in common. Each may be searched for anywhere in the path. They also hold for a path whose unreserved characters have been
// decoded: whatever may be encoded stands here in both forms.

/** Why a path is refused, and how it is recognised. */
export const HOSTILE_PATHS = [
  { why: "an encoded slash or backslash, or a plain backslash", expression: "%2[fF]|%5[cC]|[\\\\]" },
  {
    why: "a dot segment, plain, encoded or before a path parameter",
    expression: "/(?:[.]|%2[eE]){1,2}(?:;|%3[bB]|/|$)",
  },
  { why: "an empty segment", expression: "//" },
  { why: "a fragment", expression: "#" },
  { why: "a control character", expression: "%[01][0-9a-fA-F]|%7[fF]|%[cC]2%[89][0-9a-fA-F]" },
  {
    why: "a dot, slash, backslash or NUL encoded twice",
    expression: "%25(?:2|%32)(?:[eEfF]|%[46][56])|%25(?:5|%35)(?:[cC]|%[46]3)|%25(?:0|%30)(?:0|%30)",
  },
] as const;

/** The whole of a path whose percent signs begin octets, and whose octets are UTF-8 (RFC 3629 section 4). */
export const UTF8_PATH = (() => {
  const digit = "[0-9a-fA-F]";
  const next = `%[89aAbB]${digit}`;
  return `(?:${[
    "[^%]",
    `%[0-7]${digit}`,
    `%[cC][2-9a-fA-F]${next}`,
    `%[dD]${digit}${next}`,
    `%[eE]0%[aAbB]${digit}${next}`,
    `%[eE][1-9a-cA-CeEfF]${next}${next}`,
    `%[eE][dD]%[89]${digit}${next}`,
    `%[fF]0%[9aAbB]${digit}${next}${next}`,
    `%[fF][1-3]${next}${next}${next}`,
    `%[fF]4%8${digit}${next}${next}`,
  ].join("|")})*`;
})();
