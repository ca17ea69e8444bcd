import type { Knex } from "knex";

/**
 * Search finds and ranks what the monolith's does: the same words, stemmed by the same dictionary. A query uses the index
 * only when it repeats this expression. Without fastupdate there is no list of words waiting to be sorted in, which every
 * search would have to read through until the next vacuum, and for which the planner rather reads the whole table.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX items_search_index ON items
      USING gin (to_tsvector('english', title || ' ' || description)) WITH (fastupdate = off);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP INDEX items_search_index;
  `);
}
