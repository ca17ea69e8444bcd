import { OWN_COOKIE } from "../../customer/own-cookie.ts";
import { sharedRules, type Model } from "../model.ts";
import { quoted } from "./syntax.ts";

/** The header of the answer. What HAProxy says by itself is marked as the proxy's. */
export function answerLines(model: Model): string[] {
  const cookie = `${OWN_COOKIE}=%[var(txn.minted)]; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`;
  const minted = "{ var(txn.minted) -m found }";
  return [
    "http-response del-header ^(keep-alive|proxy-connection|proxy-authenticate|proxy-authentication-info)$ -m reg",
    "http-response set-header x-served-by %[var(txn.upstream)]",
    "http-response set-header x-request-id %[var(txn.request_id)]",
    "http-after-response set-header x-served-by proxy unless { res.hdr(x-served-by) -m found }",
    ...(sharedRules(model).length === 0
      ? []
      : [
          `http-response add-header set-cookie ${quoted(cookie)} if ${minted} !{ ssl_fc }`,
          `http-response add-header set-cookie ${quoted(`${cookie}; Secure`)} if ${minted} { ssl_fc }`,
        ]),
  ];
}
