import { always, approximated, everywhere, expressed, inRoutes, lost, type Element } from "./element.ts";

/** How routes are changed and watched. */
export const CONTROL: readonly Element[] = [
  {
    name: "reached",
    does: "forward goes one stage at a time, back always",
    fields: ["routes.[].reached"],
    concerns: inRoutes(({ reached }) => reached !== undefined),
    on: everywhere(
      lost("A configuration can be changed to anything.", "Change stages with `strangler route set`, and export anew."),
    ),
  },
  {
    name: "watch",
    does: "a canary that is worse than the monolith is sent back",
    fields: ["routes.[].watch"],
    concerns: inRoutes(({ stage, watch }) => stage === "canary" && watch !== false),
    on: {
      ...everywhere(
        lost(
          "No engine compares the two sides of a canary.",
          "Finish canaries before you leave, or watch them yourself.",
        ),
      ),
      "gateway-api": lost(
        "No implementation compares the two sides of a canary by itself.",
        "Let Flagger or Argo Rollouts steer the weights.",
      ),
    },
  },
  {
    name: "autoAdvance",
    does: "a canary goes on by itself while it is good",
    fields: ["routes.[].autoAdvance"],
    concerns: inRoutes(({ autoAdvance }) => autoAdvance !== undefined),
    on: {
      ...everywhere(
        lost("Shares stay as they were exported.", "Raise them with `strangler route set`, and export anew."),
      ),
      "gateway-api": lost("Weights stay as they were exported.", "Let Flagger or Argo Rollouts steer them."),
    },
  },
  {
    name: "one version a request",
    does: "a change of routes is in force at once, at every replica, and every request sees one version from start to end",
    fields: [],
    concerns: always,
    on: {
      nginx: approximated(
        "nginx -s reload: old workers finish what they have.",
        "Reload all replicas one after the other.",
      ),
      haproxy: approximated(
        "A reload: the old process finishes what it has.",
        "Reload all replicas one after the other.",
      ),
      envoy: approximated(
        "A static bootstrap is read at the start.",
        "Restart hot, or serve the same resources over xDS.",
      ),
      "gateway-api": approximated(
        "The implementation follows the objects in its own time.",
        "Read the status of the HTTPRoutes.",
      ),
    },
  },
  {
    name: "audit, roles, compare-and-set",
    does: "who changed what, when, why; and only if nobody else has in between",
    fields: [],
    concerns: always,
    on: {
      ...everywhere(lost("A configuration file has none of it.", "Keep the exported files under version control.")),
      "gateway-api": approximated("Kubernetes has roles, an audit log and resource versions.", "Switch them on."),
    },
  },
  {
    name: "metrics by route and side, explain, dashboard",
    does: "what every route does on both sides, and why one request went where",
    fields: [],
    concerns: always,
    on: {
      nginx: lost("nginx counts connections only.", "Log $strangler_route and $strangler_upstream."),
      haproxy: approximated("Counted by backend, not by route.", "Log txn.route and txn.upstream."),
      envoy: approximated("Counted by cluster, not by route.", "Log the route's metadata and the cluster."),
      "gateway-api": approximated("Up to the implementation.", "Read its documentation."),
    },
  },
  {
    name: "routes version",
    does: "which version of the routes is in force",
    fields: [],
    concerns: always,
    on: {
      ...everywhere(expressed("the first line of the file")),
      "gateway-api": expressed("an annotation"),
    },
  },
];
