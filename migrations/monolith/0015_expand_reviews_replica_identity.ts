import type { Knex } from "knex";

/**
 * Only published reviews travel to the catalog. A review that becomes published must travel whole, but PostgreSQL's log leaves
 * out a long text that did not change itself, unless the table's replica identity is its whole row.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE reviews REPLICA IDENTITY FULL");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE reviews REPLICA IDENTITY DEFAULT");
}
