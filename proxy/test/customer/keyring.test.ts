import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createKeyring } from "../../src/customer/keyring.ts";

const OLD = "the-secret-that-signed-until-yesterday";
const NEW = "the-secret-that-signs-from-today-on";

describe("a keyring", () => {
  test("knows again what any of its secrets has signed, and signs with the first", () => {
    const before = createKeyring([OLD]);
    const between = createKeyring([NEW, OLD]);
    const after = createKeyring([NEW]);
    const old = before.sign("customer", "ann");

    // Twice: the second time it remembers.
    for (let time = 0; time < 2; time += 1) {
      expect(between.verify("customer", "ann", old)).toBe(true);
      expect(after.verify("customer", "ann", old)).toBe(false);
      expect(after.verify("customer", "ann", between.sign("customer", "ann"))).toBe(true);
    }
  });

  test("takes no signature for another purpose, another text, or in another spelling", () => {
    const keyring = createKeyring([NEW]);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (text, other, seed) => {
        const signature = keyring.sign("override", text);
        expect(signature).toMatch(/^[\w-]{22}$/);
        expect(keyring.verify("override", text, signature)).toBe(true);

        expect(keyring.verify("customer", text, signature)).toBe(false);
        if (other !== text) expect(keyring.verify("override", other, signature)).toBe(false);
        // The last letter carries two bits: sixteen letters stand for the same octets.
        const last = letters.charAt(seed % letters.length);
        const spelled = signature.slice(0, -1) + last;
        expect(keyring.verify("override", text, spelled)).toBe(spelled === signature);
        expect(keyring.verify("override", text, `${signature}=`)).toBe(false);
      }),
    );
  });

  test("without a secret knows nothing and signs nothing", () => {
    const keyring = createKeyring([]);

    expect(keyring.canSign).toBe(false);
    expect(keyring.verify("customer", "ann", "A".repeat(22))).toBe(false);
    expect(() => keyring.sign("customer", "ann")).toThrow("no secret");
  });
});
