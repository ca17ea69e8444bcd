// Routes files that together have every field there is. Where two fields exclude each other, the second file has the other.

const FIRST = `
services:
  monolith: { url: "http://127.0.0.1:8100" }
  stock:
    instances: ["http://10.0.0.1:80", "http://10.0.0.2:80", "http://[::1]:8080"]
    health: { path: /healthz, everySeconds: 7, withinSeconds: 2, healthyAfter: 4, unhealthyAfter: 6 }
    ejection: { failures: 9, seconds: 11, atMostSeconds: 99, atMostPercent: 40 }
    breaker: { failuresInARow: 3, requests: 20, failurePercent: 50, openSeconds: 1, openAtMostSeconds: 60, probePercent: 1, closeAfter: 3 }
  press:
    discovery:
      dns: { srv: _http._tcp.press.example, scheme: http, server: 10.0.0.53, everySeconds: 30, atLeastSeconds: 1 }
  found:
    discovery: { consul: { service: found, url: "http://127.0.0.1:8500", tag: blue, datacenter: here, scheme: http } }
  listed:
    url: http://10.1.0.1:80
    discovery: { file: listed.yaml }
  own-host:
    url: https://own.example
    host: upstream
    rewrite: { cookies: { domain: shop.example, path: /, sameSite: None, secure: true }, redirects: true }
  named:
    discovery: { dns: { host: named.example, port: 8080 } }
sticky:
  keys:
    - cookie: sid
    - header: x-user
    - claim: sub
    - address: true
  hash: murmur2-range
override: { header: x-strangler-route, cookie: tester, unsigned: true }
streams: { stock: { url: "http://127.0.0.1:9000" } }
jwt:
  issuer: https://login.example
  audience: shop
  jwks: { url: "https://login.example/jwks", refreshSeconds: 600, cooldownSeconds: 30 }
  algorithms: [RS256]
  clockToleranceSeconds: 5
  rolesClaim: roles
  cookie: token
  headers: { x-user-id: sub }
  authorization: strip
forwarded: { port: true, standard: true }
routes:
  - id: browse
    match: { methods: [GET, HEAD], path: /browse/:id, headers: { x-beta: "1", x-any: true }, query: { preview: yes, more: true } }
    service: stock
    stage: canary
    percent: 12.5
    hash: xxh32-mod
    keys: [{ cookie: member }, { claim: sub }, { header: x-key }, { address: true }]
    ownWrites: { stream: stock, forMs: 60000 }
    limit: { requests: 100, perSeconds: 60, by: address }
    auth: { roles: [clerk], optional: false }
    reached: canary
    watch:
      errors: { worseBy: 0.2, goodWithin: 1, clientErrors: true }
      latency: { times: 2, ms: 20 }
      falseAlarmHours: 100
      act: report
    autoAdvance:
      steps: [20, 100]
      everyMinutes: 5
      minimumRequests: 100
      gates: { errorPercent: 1, p95Ms: 100 }
      thenService: true
    fallback: true
    drainMs: 1000
    upgrade: { origins: ["https://shop.example"] }
    bodyBytes: 1000000
    idempotencyKey: true
    rewrite: { cookies: { domain: false, path: /, sameSite: Lax, secure: true }, redirects: true }
  - id: others
    match: { methods: [GET], path: /others }
    service: stock
    stage: canary
    percent: 30
    auth: { optional: true }
    limit:
      - { requests: 5, perSeconds: 1, by: { claim: sub } }
      - { requests: 6, perSeconds: 1, by: { header: x-key } }
    upgrade: true
  - id: read
    match: { path: /press/* }
    service: press
    stage: service
  - id: owned
    match: { path: /owned }
    service: own-host
    stage: service
  - id: watched
    match: { path: /watched/* }
    service: stock
    stage: shadow
    shadow:
      methods: [GET, POST]
      sample: 25
      noise: 5
      credentials: pass
      headers: [content-type]
      ignore: [{ path: /id, reason: "made anew" }]
      lists: [{ path: /items, key: id }]
      numbers: { absolute: 0.1, relative: 0.1 }
      dates: { withinMs: 5, paths: [/at] }
      html: { compare: text, scripts: ignore, attributes: { ignore: [nonce] } }
      samples: { reveal: [/a], hide: [/b] }
`;

const SECOND = `
services:
  monolith: { url: "http://127.0.0.1:8100" }
  stock: { url: "https://stock.example" }
sticky: { cookie: sid }
jwt:
  issuer: https://login.example
  audience: [shop, office]
  jwks: { file: keys.json }
routes:
  - { id: by-claim, match: { path: /claim }, service: stock, stage: service, auth: {}, limit: { requests: 1, perSeconds: 1, by: { claim: sub } } }
  - { id: by-field, match: { path: /field }, service: stock, stage: service, limit: { requests: 1, perSeconds: 1, by: { header: x-key } } }
  - id: watched
    match: { methods: [GET, HEAD, POST], path: /watched/* }
    service: stock
    stage: shadow
    shadow: { credentials: drop, lists: [{ path: /items, key: [id, part] }] }
`;

export const EVERYTHING: readonly string[] = [FIRST, SECOND];
