/**
 * Identifiers as the words people put into them. Words that name a technical role (controller, service, list, get)
 * say nothing of a domain and are left out; what can be somebody's subject (event, file, message, task) is kept, and
 * counts for little where everybody says it. Plural and singular are one word.
 */
export function wordsOf(identifier: string): readonly string[] {
  const known = cache.get(identifier);
  if (known) return known;
  const words = splitName(identifier).map(singular).filter(isDomainWord);
  cache.set(identifier, words);
  return words;
}

/** The pieces of a name in camelCase, PascalCase, kebab-case or snake_case, in lower case. */
function splitName(name: string): string[] {
  return name
    .replaceAll("OAuth", "Oauth")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(ches|shes|sses|xes)$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith("s") && !/(ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

/** False for words that name a technical role or a plain verb. */
function isDomainWord(word: string): boolean {
  return word.length > 2 && !TECHNICAL.has(word);
}

// --- internal ---

const TECHNICAL = new Set(
  `
  controller resolver gateway route router service manager handler helper model entity schema repository repo store dao dto
  input output arg args argument type interface module guard middleware interceptor pipe strategy decorator filter command
  query usecase case subscriber listener processor worker seed index util utils common base abstract
  factory builder provider adapter client server impl core lib src app main config configuration constant const
  error exception enum map mapper presenter policy view component request response payload
  create update delete remove get find list add set one many all for the and not with from has is are was can will should must
  new old default test spec mock stub key value name names field column table row item entry object
  array string number boolean date time null undefined true false void any unknown never promise async await function class
  return throw catch try let var import export this super public private protected static readonly
  where unique internal option options param params parameter result results data info context ctx
  req res next err callback args props state init start stop load loader read write save fetch send receive
  parse format validate validator check assert convert transform serialize build make handle run execute process
  count total limit offset skip take sort first last prev max min length size index
  before after begin end push pop shift slice join split replace match includes concat reduce
  each some every then finally resolve reject log logger debug warn console json xml html http https url uri path
  dir buffer stream text
  method call apply bind code msg body header cookie query
  wrap wrapper instance global local window node process env
  plain partial omit pick readonly keyof typeof instanceof
  other misc use
  `
    .trim()
    .split(/\s+/),
);

const cache = new Map<string, readonly string[]>();
