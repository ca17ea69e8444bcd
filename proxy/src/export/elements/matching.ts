import { parsePattern } from "../../routes/pattern.ts";
import { hasDelimiter } from "../path-expression.ts";
import { approximated, always, everywhere, expressed, inRoutes, lost, type Element } from "./element.ts";

const ONE_ORDER = "one list in order of precedence, the first match wins";

/** Which requests a route takes. */
export const MATCHING: readonly Element[] = [
  {
    name: "id",
    does: "names a route and salts its shares",
    fields: ["routes.[].id"],
    concerns: inRoutes(() => true),
    on: {
      nginx: expressed("the values of $strangler_route, and the salt of split_clients"),
      haproxy: expressed("the values of txn.route, and what is hashed"),
      envoy: expressed("the metadata of split routes, and what is hashed"),
      "gateway-api": approximated(
        "Rules have no names, and weights no salt.",
        "Read the order of the rules in the file; it is that of precedence.",
      ),
    },
  },
  {
    name: "precedence",
    does: "the most specific route wins, wherever it stands",
    fields: [],
    concerns: always,
    on: {
      nginx: expressed(ONE_ORDER),
      haproxy: expressed(ONE_ORDER),
      envoy: expressed(ONE_ORDER),
      "gateway-api": approximated(
        "HTTPRoutes have a precedence of their own: exact path, longest prefix, method, headers, query. Where a route with " +
          "methods and a less specific path overlap, or a path has parameters, an implementation may choose another.",
        "Ask your implementation how it orders RegularExpression paths, and try overlapping routes.",
      ),
    },
  },
  {
    name: "match.path",
    does: "an exact path, or a path and all below it",
    fields: ["routes.[].match.path"],
    concerns: inRoutes(() => true),
    on: {
      nginx: expressed("expressions over $uri"),
      haproxy: expressed("path, path_beg"),
      envoy: expressed("path, path_separated_prefix"),
      "gateway-api": expressed("Exact, PathPrefix"),
    },
  },
  {
    name: "match.path with :parameter",
    does: "one segment of any content",
    fields: [],
    concerns: inRoutes(({ match }) => /\/:/.test(match.path)),
    on: {
      nginx: expressed("[^/]+"),
      haproxy: expressed("[^/]+"),
      envoy: expressed("safe_regex"),
      "gateway-api": approximated(
        "RegularExpression is up to the implementation: its syntax, its anchoring, whether there is any.",
        "Check the conformance report of your implementation, or make the path a prefix.",
      ),
    },
  },
  {
    name: "match.path with delimiters",
    does: "a delimiter such as ; and its encoded form are two things",
    fields: [],
    concerns: inRoutes(({ match }) => {
      const pattern = parsePattern(match.path);
      return !("reason" in pattern) && hasDelimiter(pattern);
    }),
    on: {
      nginx: expressed("a second expression, over the path as sent"),
      haproxy: expressed("paths are not decoded"),
      envoy: expressed("paths are not decoded"),
      "gateway-api": approximated(
        "The API does not say whether paths are decoded before they are matched.",
        "Avoid delimiters in literal segments.",
      ),
    },
  },
  {
    name: "match.methods",
    does: "only these methods",
    fields: ["routes.[].match.methods"],
    concerns: inRoutes(({ match }) => match.methods !== undefined),
    on: {
      nginx: expressed("$request_method in the key of the map"),
      haproxy: expressed("method"),
      envoy: expressed(":method"),
      "gateway-api": expressed("one match for each method (extended feature HTTPRouteMethodMatching)"),
    },
  },
  {
    name: "match.headers, exact value",
    does: "only with this value of the field",
    fields: ["routes.[].match.headers"],
    concerns: inRoutes(({ match }) => Object.values(match.headers ?? {}).some((value) => value !== true)),
    on: {
      nginx: approximated(
        "Of a field that is there several times, nginx before 1.23 sees the first alone; here all of them are joined.",
        "Nothing, unless such a field is sent more than once.",
      ),
      haproxy: approximated(
        "Of a field that is there several times, HAProxy compares the last one; here all of them are joined.",
        "Nothing, unless such a field is sent more than once.",
      ),
      envoy: approximated(
        "Fields that are there several times are joined without the blank behind the comma.",
        "Nothing, unless such a field is sent more than once.",
      ),
      "gateway-api": expressed("headers, Exact"),
    },
  },
  {
    name: "match.headers, any value",
    does: "only if the field is there",
    fields: [],
    concerns: inRoutes(({ match }) => Object.values(match.headers ?? {}).some((value) => value === true)),
    on: {
      nginx: approximated("A field with an empty value is taken for one that is not there.", "Send some value."),
      haproxy: expressed("-m found"),
      envoy: expressed("present_match"),
      "gateway-api": approximated(
        "The API has no match for presence; the expression .* is up to the implementation.",
        "Match an exact value.",
      ),
    },
  },
  {
    name: "match.headers with an unusual name",
    does: "a field whose name has more than letters, digits and hyphens",
    fields: [],
    concerns: inRoutes(({ match }) => Object.keys(match.headers ?? {}).some((name) => !/^[A-Za-z0-9-]+$/.test(name))),
    on: {
      nginx: lost("No variable of nginx has such a name, so the route never matches.", "Give the field a plain name."),
      haproxy: expressed("req.fhdr"),
      envoy: approximated("Names with underscores are dropped on arrival.", "Give the field a plain name."),
      "gateway-api": approximated("Implementations may drop such fields.", "Give the field a plain name."),
    },
  },
  {
    name: "match.query",
    does: "only with this parameter, compared decoded; the first of a name counts",
    fields: ["routes.[].match.query"],
    concerns: inRoutes(({ match }) => match.query !== undefined),
    on: {
      nginx: expressed("an expression over $args that knows every encoding"),
      haproxy: expressed("an expression over the query that knows every encoding"),
      envoy: expressed("the Lua filter, which sets a field for the route table"),
      "gateway-api": approximated(
        "Which encodings are equal, and which of repeated parameters counts, is up to the implementation.",
        "Try the spellings that your clients send.",
      ),
    },
  },
  {
    name: "service",
    does: "the service that the route moves to",
    fields: ["routes.[].service"],
    concerns: inRoutes(() => true),
    on: {
      nginx: expressed("an upstream of that name"),
      haproxy: expressed("a backend of that name"),
      envoy: expressed("a cluster of that name"),
      "gateway-api": expressed("a backendRef to a Service of that name"),
    },
  },
  {
    name: "stage",
    does: "monolith, canary or service: who answers",
    fields: ["routes.[].stage"],
    concerns: inRoutes(({ stage }) => stage !== "shadow"),
    on: everywhere(expressed("who the route leads to")),
  },
];
