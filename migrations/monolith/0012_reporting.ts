import type { Knex } from "knex";

/** Figures that the nightly job computes. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE daily_sales (
      day date PRIMARY KEY,
      orders_count int NOT NULL,
      units_count int NOT NULL,
      revenue_cents bigint NOT NULL,
      discount_cents bigint NOT NULL,
      refunded_cents bigint NOT NULL,
      computed_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE product_rankings (
      product_id int PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
      rank int NOT NULL CHECK (rank > 0),
      units_sold int NOT NULL,
      revenue_cents bigint NOT NULL,
      computed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX product_rankings_rank_index ON product_rankings (rank, product_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE product_rankings, daily_sales;
  `);
}
