/** Tables and workloads of the stream benchmark, as SQL for the source. */

export const ROWS = 100_000;

/** One backlog: so many changes, so many of them in each source transaction. */
export type Workload = {
  name: string;
  /** For people. */
  label: string;
  changes: number;
  perTransaction: number;
  table: "things" | "wide";
  /** `mixed`: of ten changes six are updates, three inserts, one is a delete. */
  kind: "updates" | "mixed";
};

export const WORKLOADS: readonly Workload[] = [
  {
    name: "single_row_tx",
    label: "single-row, mixed",
    changes: 120_000,
    perTransaction: 1,
    table: "things",
    kind: "mixed",
  },
  { name: "updates_10", label: "10 updates", changes: 200_000, perTransaction: 10, table: "things", kind: "updates" },
  {
    name: "updates_100",
    label: "100 updates",
    changes: 200_000,
    perTransaction: 100,
    table: "things",
    kind: "updates",
  },
  { name: "mixed_10", label: "10, mixed", changes: 200_000, perTransaction: 10, table: "things", kind: "mixed" },
  { name: "mixed_100", label: "100, mixed", changes: 200_000, perTransaction: 100, table: "things", kind: "mixed" },
  {
    name: "wide_10",
    label: "10 updates, 20 columns",
    changes: 120_000,
    perTransaction: 10,
    table: "wide",
    kind: "updates",
  },
  {
    name: "updates_1000",
    label: "1,000 updates",
    changes: 200_000,
    perTransaction: 1_000,
    table: "things",
    kind: "updates",
  },
];

const WIDE_FILLERS = Array.from({ length: 7 }, (_, n) => `n${n} int NOT NULL, t${n} text NOT NULL`).join(", ");

export const TABLES = `
  CREATE TABLE things (id int PRIMARY KEY, kind int NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
                       changed_at timestamptz NOT NULL, note text);
  CREATE TABLE wide (id int PRIMARY KEY, kind int NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
                     changed_at timestamptz NOT NULL, note text, ${WIDE_FILLERS});
  CREATE TABLE marks (id bigint PRIMARY KEY);
  CREATE TABLE beats (id bigint PRIMARY KEY, label text NOT NULL);
  CREATE TABLE probes (id bigint PRIMARY KEY, sent_at timestamptz NOT NULL);`;

const WIDE_VALUES = Array.from({ length: 7 }, (_, n) => `n % ${n + 90}, 'filler ' || n`).join(", ");

export const ROWS_OF_THE_START = `
  INSERT INTO things SELECT n, n % 17, 'thing ' || n, n / 100.0, now(), repeat('x', n % 50) FROM generate_series(1, ${ROWS}) n;
  INSERT INTO wide SELECT n, n % 17, 'thing ' || n, n / 100.0, now(), repeat('x', n % 50), ${WIDE_VALUES}
  FROM generate_series(1, ${ROWS}) n;`;

/** Every table's columns, in order. */
export const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  things: ["id", "kind", "label", "amount", "changed_at", "note"],
  wide: ["id", "kind", "label", "amount", "changed_at", "note", ...fillers()],
  marks: ["id"],
  beats: ["id", "label"],
  probes: ["id", "sent_at"],
};

export const PROBES_PER_SECOND = 250;

// Rows are touched in an order that jumps about, as customers do: 7919 has no factor in common with the number of rows.
const touched = (count: string) =>
  `(SELECT 1 + ((n + i)::bigint * 7919) % ${ROWS} FROM generate_series(0, ${count} - 1) AS i)`;
const update = (table: string, count: string) =>
  `UPDATE ${table} SET amount = amount + 1, changed_at = clock_timestamp(), note = 'round ' || n WHERE id IN ${touched(count)};`;

export const PROCEDURES = `
  CREATE PROCEDURE update_things(changes int, per_transaction int) LANGUAGE plpgsql AS $$
  DECLARE n int := 0;
  BEGIN
    WHILE n < changes LOOP
      ${update("things", "per_transaction")}
      COMMIT;
      n := n + per_transaction;
    END LOOP;
  END $$;
  CREATE PROCEDURE update_wide(changes int, per_transaction int) LANGUAGE plpgsql AS $$
  DECLARE n int := 0;
  BEGIN
    WHILE n < changes LOOP
      ${update("wide", "per_transaction")}
      COMMIT;
      n := n + per_transaction;
    END LOOP;
  END $$;
  CREATE PROCEDURE mix_things(changes int, per_transaction int) LANGUAGE plpgsql AS $$
  DECLARE
    n int := 0;
    updates int := per_transaction * 6 / 10;
    inserts int := per_transaction * 3 / 10;
    deletes int := per_transaction / 10;
  BEGIN
    WHILE n < changes LOOP
      ${update("things", "updates")}
      INSERT INTO things SELECT ${ROWS} + n + i, i % 17, 'thing ' || n, n / 100.0, clock_timestamp(), NULL
      FROM generate_series(0, inserts - 1) AS i ON CONFLICT (id) DO UPDATE SET amount = excluded.amount;
      DELETE FROM things WHERE id > ${ROWS} + n AND id <= ${ROWS} + n + deletes;
      COMMIT;
      n := n + per_transaction;
    END LOOP;
  END $$;
  CREATE PROCEDURE mix_single(changes int) LANGUAGE plpgsql AS $$
  DECLARE r int;
  BEGIN
    FOR n IN 1..changes LOOP
      r := n % 10;
      IF r < 6 THEN
        UPDATE things SET amount = amount + 1, changed_at = clock_timestamp() WHERE id = 1 + (n::bigint * 7919) % ${ROWS};
      ELSIF r < 9 THEN
        INSERT INTO things VALUES (${ROWS} + n, n % 17, 'thing ' || n, n / 100.0, clock_timestamp(), NULL)
        ON CONFLICT (id) DO UPDATE SET amount = excluded.amount;
      ELSE
        DELETE FROM things WHERE id = ${ROWS} + n - 1;
      END IF;
      COMMIT;
    END LOOP;
  END $$;
  CREATE PROCEDURE steady_beats(first bigint, per_second int, seconds int) LANGUAGE plpgsql AS $$
  DECLARE
    began timestamptz := clock_timestamp();
    done bigint := 0;
    due bigint;
  BEGIN
    WHILE done < per_second * seconds LOOP
      due := least(per_second * seconds, extract(epoch FROM clock_timestamp() - began) * per_second);
      WHILE done < due LOOP
        IF done % greatest(1, per_second / ${PROBES_PER_SECOND}) = 0 THEN
          INSERT INTO probes VALUES (first + done, clock_timestamp());
        ELSE
          INSERT INTO beats VALUES (first + done, 'beat ' || done);
        END IF;
        COMMIT;
        done := done + 1;
      END LOOP;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END $$;`;

/** The call that makes a backlog. */
export function callOf({ table, kind, changes, perTransaction }: Workload): string {
  if (perTransaction === 1) return `CALL mix_single(${changes})`;
  const procedure = kind === "mixed" ? "mix_things" : `update_${table}`;
  return `CALL ${procedure}(${changes}, ${perTransaction})`;
}

// --- internal ---

function fillers(): string[] {
  return Array.from({ length: 7 }, (_, n) => [`n${n}`, `t${n}`]).flat();
}
