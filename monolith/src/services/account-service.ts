import type { Request, Response } from "express";
import { db, isDuplicate, type Knex } from "../lib/db.ts";
import { createToken, hashPassword, hashToken, isPassword } from "../lib/password.ts";
import { conflict, Problem } from "../lib/problem.ts";
import { audit, findVisitor, notify, promoteSession, startSession, type Account, type Visitor } from "../lib/shop.ts";
import { mergeGuestCart } from "./cart-service.ts";

export type Credentials = { email: string; password: string };

const RESET_MS = 3_600_000;

/** A new customer, with a welcome in the outbox. A taken address is a conflict. */
export async function registerAccount({ email, password, name }: Credentials & { name: string }): Promise<Account> {
  const passwordHash = await hashPassword(password);
  try {
    return await db.transaction(async (trx) => {
      const [row] = await trx("customers")
        .insert({ email, password_hash: passwordHash, name })
        .returning<Account[]>(["id", "email", "name", "role"]);
      const account = row as Account;
      await notify(trx, "welcome", { email, customerId: account.id }, { name });
      return account;
    });
  } catch (error) {
    if (isDuplicate(error)) throw conflict("There is already an account with this e-mail address.");
    throw error;
  }
}

/** The account that belongs to address and password, or a problem 401 that does not tell which of them is wrong. */
export async function getAccountFor({ email, password }: Credentials): Promise<Account> {
  const row = await db("customers")
    .whereRaw("lower(email) = lower(?)", [email])
    .first<(Account & { password_hash: string }) | undefined>("id", "email", "name", "role", "password_hash");
  // The same work for an unknown address, or the time of the answer would tell.
  const matches = await isPassword(password, row?.password_hash ?? (await unknownHash()));
  if (!row || !matches) throw new Problem(401, "E-mail address or password is wrong.");
  await db("customers").where({ id: row.id }).update({ last_login_at: db.fn.now() });
  return { id: row.id, email: row.email, name: row.name, role: row.role };
}

/** Logs in; what the guest had in the cart comes along. */
export async function logIn(request: Request, response: Response, account: Account): Promise<Visitor> {
  const visitor = await findVisitor(request);
  // Somebody else's session is left alone: a new customer at the same browser starts a new one.
  if (!visitor || visitor.account) return startSession(request, response, account);
  await mergeGuestCart(visitor.sessionId, account.id);
  return promoteSession(request, response, visitor.sessionId, account);
}

/** Always silent about whether the address is known. */
export async function requestPasswordReset(email: string): Promise<void> {
  const account = await db("customers")
    .whereRaw("lower(email) = lower(?)", [email])
    .first<{ id: number; email: string; name: string } | undefined>("id", "email", "name");
  if (!account) return;
  const token = createToken();
  await db.transaction(async (trx) => {
    await trx("password_resets").insert({
      customer_id: account.id,
      token_hash: hashToken(token),
      expires_at: new Date(Date.now() + RESET_MS),
    });
    const to = { email: account.email, customerId: account.id };
    await notify(trx, "password_reset", to, { name: account.name, token });
  });
}

/** Sets a new password and ends every session of the account. */
export async function resetPassword(token: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password);
  await db.transaction(async (trx) => {
    const customerId = await useResetToken(trx, token);
    await trx("customers").where({ id: customerId }).update({ password_hash: passwordHash, updated_at: trx.fn.now() });
    await trx("sessions").where({ customer_id: customerId }).delete();
    await audit(trx, `customers/${customerId}`, "password.reset", `customers/${customerId}`);
  });
}

export type AccountPage = Account & {
  createdAt: Date;
  addresses: { name: string; street: string; postalCode: string; city: string; country: string }[];
  ordersCount: number;
  spentCents: number;
};

/** An account with what the orders say about it. */
export async function readAccount(account: Account): Promise<AccountPage> {
  const { rows } = await db.raw<{ rows: { created_at: Date; orders_count: number; spent_cents: string }[] }>(
    `SELECT c.created_at, count(o.id)::int AS orders_count, coalesce(sum(o.total_cents), 0) AS spent_cents
       FROM customers c
       LEFT JOIN orders o ON o.customer_id = c.id AND o.status <> 'cancelled'
      WHERE c.id = ?
      GROUP BY c.id`,
    [account.id],
  );
  const addresses = await db("addresses")
    .select<AccountPage["addresses"]>("name", "street", "postal_code as postalCode", "city", "country")
    .where({ customer_id: account.id })
    .orderByRaw("is_default DESC, id");
  const [row] = rows;
  return {
    ...account,
    createdAt: row?.created_at ?? new Date(0),
    addresses,
    ordersCount: row?.orders_count ?? 0,
    spentCents: Number(row?.spent_cents ?? 0),
  };
}

// --- internal ---

let hashOfNobody: Promise<string> | undefined;

function unknownHash(): Promise<string> {
  hashOfNobody ??= hashPassword(createToken());
  return hashOfNobody;
}

async function useResetToken(trx: Knex.Transaction, token: string): Promise<number> {
  const [row] = await trx("password_resets")
    .where({ token_hash: hashToken(token) })
    .whereNull("used_at")
    .where("expires_at", ">", trx.fn.now())
    .update({ used_at: trx.fn.now() })
    .returning<{ customer_id: number }[]>("customer_id");
  if (!row) throw new Problem(422, "This link has been used or has run out. Ask for a new one.");
  return row.customer_id;
}
