import { describe, expect, test } from "@jest/globals";
import { toBreakerRule, type BreakerRule } from "../../src/breaker/breaker-rule.ts";
import { askPermit, closedCircuit, tellOutcome, type Asked, type Circuit } from "../../src/breaker/circuit.ts";

const RULE = toBreakerRule(undefined, false) as BreakerRule;

describe("a breaker", () => {
  test("opens after five failures in a row, and an answer in between starts the count anew", () => {
    const circuit = closedCircuit();

    ask(circuit, 0, ["failed", "failed", "failed", "failed", "answered", "failed", "failed", "failed", "failed"]);
    expect(circuit.state).toBe("closed");
    ask(circuit, 0, ["failed"]);
    expect(circuit.state).toBe("open");
    expect(askPermit(circuit, RULE, 500, true)).toBe("no");
  });

  test("opens when half of at least twenty requests within ten seconds have failed", () => {
    const circuit = closedCircuit();
    const half: Asked[] = Array.from({ length: 19 }, (_, index) => (index % 2 === 0 ? "answered" : "failed"));

    ask(circuit, 0, half);
    expect(circuit.state).toBe("closed");
    ask(circuit, 1, ["failed"]);
    expect(circuit.state).toBe("open");
  });

  test("takes no customer who left for a failure", () => {
    const circuit = closedCircuit();

    ask(
      circuit,
      0,
      Array.from({ length: 50 }, () => "cancelled"),
    );

    expect(circuit.state).toBe("closed");
  });

  test("sends one probe at a time when its time is up, and closes after three answers", () => {
    const circuit = opened();

    expect(askPermit(circuit, RULE, 1_000, true)).toBe("probe");
    expect(askPermit(circuit, RULE, 5_000, true)).toBe("no");
    tellOutcome(circuit, RULE, "probe", "answered", 5_000);
    for (const now of [6_000, 7_000]) {
      expect(askPermit(circuit, RULE, now, true)).toBe("probe");
      tellOutcome(circuit, RULE, "probe", "answered", now);
    }
    expect(circuit.state).toBe("closed");
    expect(circuit.openings).toBe(0);
  });

  test("opens for twice as long each time that a probe fails, but never for more than half a minute", () => {
    const circuit = opened();
    const lasts: number[] = [];

    for (let now = circuit.until, opening = 0; opening < 7; opening += 1) {
      expect(askPermit(circuit, RULE, now, true)).toBe("probe");
      tellOutcome(circuit, RULE, "probe", "failed", now);
      lasts.push(circuit.until - now);
      now = circuit.until;
    }
    expect(lasts).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("spends one request in a hundred on probes, and prefers those that can be sent elsewhere", () => {
    const circuit = opened();
    let probes = 0;
    for (let request = 0; request < 10_000; request += 1) {
      // 10,000 a second; every probe is answered too late to close it.
      circuit.passed = 0;
      if (askPermit(circuit, RULE, 1_000 + request / 10, true) !== "probe") continue;
      probes += 1;
      tellOutcome(circuit, RULE, "probe", "answered", 1_000);
    }
    expect(probes).toBeGreaterThan(90);
    expect(probes).toBeLessThanOrEqual(101);

    const reluctant = opened();
    expect(askPermit(reluctant, RULE, 1_000, false)).toBe("no");
    expect(askPermit(reluctant, RULE, 3_000, false)).toBe("no");
    expect(askPermit(reluctant, RULE, 6_000, false)).toBe("probe");
  });

  test("hears nothing of what was asked before it opened", () => {
    const circuit = opened();
    askPermit(circuit, RULE, 1_000, true);

    tellOutcome(circuit, RULE, "yes", "failed", 1_100);
    expect(circuit.state).toBe("half-open");
    tellOutcome(circuit, RULE, "yes", "answered", 1_100);
    expect(circuit.passed).toBe(0);
  });
});

// --- internal ---

function ask(circuit: Circuit, now: number, outcomes: readonly Asked[]): void {
  for (const outcome of outcomes) {
    const permit = askPermit(circuit, RULE, now, true);
    tellOutcome(circuit, RULE, permit, outcome, now);
  }
}

function opened(): Circuit {
  const circuit = closedCircuit();
  ask(circuit, 0, ["failed", "failed", "failed", "failed", "failed"]);
  return circuit;
}
