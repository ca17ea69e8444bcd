import type { Knex } from "knex";

/**
 * Product pages counted stock_levels on every view until the summer sale. Since then a trigger keeps the sum in
 * products.stock_available: whoever writes stock now also writes the catalog, and locks its row.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION refresh_products_stock_available() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      -- A difference is added, never a sum computed anew: two buyers at two warehouses do not see each other's rows.
      difference int := coalesce(NEW.on_hand - NEW.reserved, 0) - coalesce(OLD.on_hand - OLD.reserved, 0);
    BEGIN
      UPDATE products
         SET stock_available = stock_available + difference
       WHERE id = coalesce(NEW.product_id, OLD.product_id) AND difference <> 0;
      RETURN NULL;
    END
    $$;

    CREATE TRIGGER stock_levels_refresh_products_stock_available
      AFTER INSERT OR DELETE OR UPDATE OF on_hand, reserved ON stock_levels
      FOR EACH ROW EXECUTE FUNCTION refresh_products_stock_available();

    UPDATE products
       SET stock_available = (SELECT coalesce(sum(on_hand - reserved), 0)
                                FROM stock_levels WHERE product_id = products.id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TRIGGER stock_levels_refresh_products_stock_available ON stock_levels;
    DROP FUNCTION refresh_products_stock_available();
    UPDATE products SET stock_available = 0;
  `);
}
