import { day, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";
import { createRandom } from "../random.ts";
import { cities, firstNames, lastNames, streets, type City } from "../words/people.ts";

export type SeedCustomer = City & {
  id: number;
  name: string;
  email: string;
  role: "customer" | "staff";
  street: string;
  createdAt: number;
};

// "fig-and-ivy", hashed once with a fixed salt: three hundred honest hashes would take half a minute.
const PASSWORD_HASH = "scrypt$16384$8$1$c2VlZC1zYWx0LWZpZy1pdnk=$VVIUuAm0m+jqcviTSPnOvgz9YF6TTr2Fz5eR3W/or/g=";

const STAFF_AND_ADA = [
  { name: "Sam Staff", email: "staff@example.test", role: "staff" },
  { name: "Ada Lindgren", email: "ada@example.test", role: "customer" },
] as const;

export const ADA = 2;

/** Customers in the order in which they came; the first two are known by name. */
export function seedCustomers(count: number): SeedCustomer[] {
  const random = createRandom(`customers ${count}`);
  const longest = 900 * day;
  return Array.from({ length: count }, (_, index) => {
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
    const email = `${plain(name)}.${index + 1}@example.test`;
    const known = STAFF_AND_ADA[index];
    return {
      id: index + 1,
      name,
      email,
      role: "customer",
      ...known,
      ...random.pick(cities),
      street: `${random.pick(streets)} ${random.between(1, 140)}`,
      createdAt: now - longest + longest * 0.98 * (index / count) ** 1.4,
    };
  });
}

export const customersTable: Table = {
  name: "customers",
  columns: "id, email, password_hash, name, phone, role, marketing_opt_in, last_login_at, created_at, updated_at",
};

export function* customerRows(customers: readonly SeedCustomer[]): Generator<Row> {
  const random = createRandom("customer rows");
  for (const { id, email, name, role, createdAt } of customers) {
    const phone = random.chance(0.4) ? `+49 30 ${random.between(1_000_000, 9_999_999)}` : null;
    const lastLogin = random.chance(0.8) ? timestamp(createdAt + (now - createdAt) * random.next()) : null;
    const created = timestamp(createdAt, id % 1000);
    yield [id, email, PASSWORD_HASH, name, phone, role, random.chance(0.3), lastLogin, created, created];
  }
}

export const addressesTable: Table = {
  name: "addresses",
  columns: "id, customer_id, label, name, street, postal_code, city, country, is_default, created_at",
};

export function* addressRows(customers: readonly SeedCustomer[]): Generator<Row> {
  for (const { id, name, street, postalCode, city, country, createdAt } of customers)
    yield [id, id, "home", name, street, postalCode, city, country, true, timestamp(createdAt)];
}

export const passwordResetsTable: Table = {
  name: "password_resets",
  columns: "id, customer_id, token_hash, created_at, expires_at, used_at",
};

/** Old ones, used or run out: nobody can do anything with them. */
export function* passwordResetRows(customers: readonly SeedCustomer[]): Generator<Row> {
  const random = createRandom("password resets");
  for (let id = 1; id <= 12; id++) {
    const { id: customerId, createdAt } = random.pick(customers);
    const at = createdAt + (now - createdAt) * random.next();
    const used = random.chance(0.7) ? timestamp(at + 300_000) : null;
    yield [id, customerId, `expired-${id}`, timestamp(at), timestamp(at + 3_600_000), used];
  }
}

// --- internal ---

function plain(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[\u0300-\u036f']/g, "")
    .replaceAll("ø", "o")
    .replaceAll("Ø", "o")
    .toLowerCase()
    .replace(/[^a-z]+/g, ".");
}
