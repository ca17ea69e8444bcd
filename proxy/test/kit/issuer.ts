import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWTPayload } from "jose";

export type SigningKey = {
  kid: string | undefined;
  sign: (claims?: JWTPayload, lifetime?: string) => Promise<string>;
  jwk: object;
};

export const ISSUER = "https://id.test";
export const AUDIENCE = "shop";

/** A key pair made for this test, and tokens signed with it. Tokens name issuer and audience, and live an hour. */
export async function createSigningKey(kid: string | undefined, alg = "ES256"): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const named = kid === undefined ? {} : { kid };
  return {
    kid,
    jwk: { ...(await exportJWK(publicKey)), alg, use: "sig", ...named },
    sign: (claims = {}, lifetime = "1h") =>
      new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: "anna", ...claims })
        .setProtectedHeader({ alg, ...named })
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(privateKey),
  };
}

export type Issuer = {
  url: string;
  /** What is published. */
  keys: object[];
  /** Another status than 200 for everything, until set back. */
  status: number;
  fetches: () => number;
  close: () => Promise<void>;
};

/** Publishes keys at an address, as an identity provider does. */
export async function startIssuer(keys: object[]): Promise<Issuer> {
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.writeHead(issuer.status, { "content-type": "application/jwk-set+json" });
    response.end(JSON.stringify(jwksOf(issuer.keys)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    keys,
    status: 200,
    fetches: () => fetches,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}

export function jwksOf(keys: object[]): JSONWebKeySet {
  return { keys };
}
