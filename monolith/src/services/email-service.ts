import { db, type Knex } from "../lib/db.ts";
import { log } from "../lib/log.ts";
import { getSettings } from "../lib/shop.ts";

export type EmailFacts = Readonly<Record<string, string | number>>;

/** Writes an e-mail into the outbox, in the caller's transaction; the dispatcher sends it later. */
export async function queueEmail(
  trx: Knex,
  templateKey: string,
  { email, customerId = null, orderId = null }: { email: string; customerId?: number | null; orderId?: number | null },
  facts: EmailFacts,
): Promise<void> {
  const template = await trx("email_templates")
    .where({ key: templateKey })
    .first<{ subject: string; body: string } | undefined>("subject", "body");
  if (!template) {
    // A missing text must not stop an order.
    log.warn("there is no such e-mail template", { template: templateKey });
    return;
  }
  await trx("emails").insert({
    template_key: templateKey,
    customer_id: customerId,
    order_id: orderId,
    to_address: email,
    subject: fill(template.subject, facts),
    body: fill(template.body, facts),
  });
}

/** Sends what waits in the outbox, oldest first. Returns how many. */
export async function sendPendingEmails(limit = 50): Promise<number> {
  const { supportEmail } = await getSettings();
  return db.transaction(async (trx) => {
    const emails = await trx("emails")
      .where({ status: "pending" })
      .orderBy("id")
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .select<{ id: number; subject: string }[]>("id", "subject");
    if (emails.length === 0) return 0;
    // There is no mail server; the log is as far as an e-mail gets.
    for (const { id, subject } of emails) log.info("e-mail sent", { email: id, subject, replyTo: supportEmail });
    await trx("emails")
      .whereIn(
        "id",
        emails.map(({ id }) => id),
      )
      .update({ status: "sent", sent_at: trx.fn.now(), attempts: trx.raw("attempts + 1") });
    return emails.length;
  });
}

// --- internal ---

function fill(text: string, facts: EmailFacts): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(facts[name] ?? ""));
}
