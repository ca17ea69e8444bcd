import { get, type Case } from "../case.ts";

const refused = (name: string, lines: string): Case => ({
  name,
  rule: "RFC 9112 3.2",
  send: `GET / HTTP/1.1\r\n${lines}\r\n`,
  expect: 400,
  upstream: "nothing",
  connection: "closed",
});

const kept = (host: string): Case => ({
  name: `the Host ${host} is kept`,
  rule: "RFC 9110 7.2",
  send: `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  expect: 200,
  upstream: { requests: 1, sees: new RegExp(`^host: ${host.replace(/[.[\]]/g, "\\$&")}\r$`, "im") },
  connection: "reused",
});

/** RFC 9112 section 3.2: exactly one Host, and a good one. */
export const HOSTS: readonly Case[] = [
  ...["a", "shop.example", "shop.example:8080", "SHOP.Example", "127.0.0.1", "[::1]:80", "a_b.example."].map(kept),
  refused("no Host", ""),
  refused("an empty Host", "Host:\r\n"),
  refused("two Hosts", "Host: a\r\nHost: b\r\n"),
  refused("the same Host twice", "Host: a\r\nHost: a\r\n"),
  refused("a second Host far behind", "Host: a\r\nX: 1\r\nhOST: b\r\n"),
  refused("a Host with a user", "Host: u@a\r\n"),
  refused("a Host with a path", "Host: a/b\r\n"),
  refused("a Host with a query", "Host: a?b\r\n"),
  refused("a Host with a fragment", "Host: a#b\r\n"),
  refused("a Host with a scheme", "Host: http://a\r\n"),
  refused("a list of Hosts", "Host: a, b\r\n"),
  refused("a Host with a blank", "Host: a b\r\n"),
  refused("a Host with a tab", "Host: a\tb\r\n"),
  refused("a port that is none", "Host: a:b\r\n"),
  refused("a port with a sign", "Host: a:-1\r\n"),
  refused("two ports", "Host: a:1:2\r\n"),
  refused("an open bracket", "Host: [::1\r\n"),
  refused("octets above ASCII", "Host: \xe4\r\n"),
  refused("a NUL in the Host", "Host: a\0b\r\n"),
  {
    name: "a Host named in Connection stays the Host",
    rule: "RFC 9110 7.6.1",
    send: get("/", "Connection: Host"),
    expect: 200,
    upstream: { requests: 1, sees: /^host: a\r$/im },
    connection: "reused",
  },
];
