// What real Debezium and our own publisher are both shown, so that their events can be held against each other: every kind of
// operation, in transactions of one and several tables.

export const TABLES = ["parcels", "ledger", "remarks", "kinds"] as const;

export const SCHEMA = `
  CREATE TABLE parcels (id int PRIMARY KEY, label varchar(40) NOT NULL DEFAULT 'none', weight numeric(10,3), note text STORAGE EXTERNAL);
  CREATE TABLE ledger (book text, line bigint, amount numeric, at timestamptz, PRIMARY KEY (book, line));
  ALTER TABLE ledger REPLICA IDENTITY FULL;
  CREATE TABLE remarks (remark text);
  CREATE TYPE mood AS ENUM ('fine', 'so so', 'it''s');
  CREATE DOMAIN grams AS int CHECK (VALUE >= 0);
  CREATE TABLE kinds (
    id int PRIMARY KEY,
    a_bool boolean, a_int2 smallint, a_int4 int, a_int8 bigint, a_float4 real, a_float8 double precision,
    a_numeric numeric, a_numeric_n numeric(20,5), a_numeric_0 numeric(30,0), a_money money,
    a_char char(5), a_varchar varchar(20), a_text text, a_name name, a_bytea bytea, a_bit1 bit(1), a_bit bit(12), a_varbit varbit(20),
    a_date date, a_time time, a_time_0 time(0), a_timetz timetz, a_timestamp timestamp, a_timestamp_3 timestamp(3), a_timestamptz timestamptz,
    a_interval interval, a_uuid uuid, a_json json, a_jsonb jsonb, a_xml xml, a_inet inet, a_cidr cidr, a_macaddr macaddr, a_macaddr8 macaddr8,
    a_point point, a_box box, a_path path, a_int4range int4range, a_numrange numrange, a_tsrange tsrange, a_tstzrange tstzrange,
    a_daterange daterange, a_int8range int8range, a_tsvector tsvector, a_oid oid, a_enum mood, a_domain grams,
    some_int4 int[], some_text text[], some_numeric numeric[], some_timestamptz timestamptz[], some_date date[], some_uuid uuid[],
    some_bool boolean[], some_jsonb jsonb[], a_lsn pg_lsn, a_tid tid);
`;

export const BEFORE = `
  INSERT INTO parcels VALUES (1, 'first', 1.500, NULL), (2, 'second', NULL, repeat('long ', 1000));
  INSERT INTO ledger VALUES ('a', 1, 10.50, '2024-03-10 01:02:03.123456+00');
`;

/** One source transaction each. */
export const TRANSACTIONS: readonly string[] = [
  "INSERT INTO parcels VALUES (3, 'third', 0.001, 'Ünder \"glass\"')",
  "UPDATE parcels SET weight = 2 WHERE id = 1",
  "UPDATE parcels SET weight = 3 WHERE id = 2",
  "UPDATE parcels SET id = 30 WHERE id = 3",
  "DELETE FROM parcels WHERE id = 30",
  `BEGIN; INSERT INTO parcels VALUES (4, 'fourth', 4, NULL); INSERT INTO ledger VALUES ('a', 2, 1e20, 'infinity'), ('b', 9007199254740993, -0.10, '0044-03-15 12:00:00+00 BC');
   UPDATE ledger SET amount = amount + 1 WHERE book = 'a'; DELETE FROM ledger WHERE line = 2; COMMIT`,
  "UPDATE ledger SET line = 8 WHERE book = 'a' AND line = 1",
  "INSERT INTO remarks VALUES ('nobody names me')",
  "SELECT pg_logical_emit_message(true, 'greeting', 'hello')",
  "SELECT pg_logical_emit_message(false, 'greeting', 'loose')",
  `INSERT INTO kinds VALUES (1,
    true, -32768, 2147483647, 9223372036854775807, 1.1, 0.1, 12345678901234567890.123456789, 123456789012345.67891, 123456789012345678901234567890, 12.34,
    'ab', 'vär', 'tëxt', 'a name', '\\x00ff10', B'1', B'101010101010', B'10101',
    '2024-02-29', '23:59:59.123456', '12:00:00', '01:02:03.5+02', '2024-03-10 02:30:00.999999', '2024-03-10 02:30:00.123', '2024-03-10 01:02:03.123456+02',
    '1 mon 2 days 03:04:05.678901', '6f1b0a4e-0b1f-4f0e-9d43-2b3a5a0f8a11', '{"b":1, "b":2,"x":1e400}', '{"a":12345678901234567890.123}', '<a>b</a>',
    '10.0.0.1/24', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
    '(1.5,-2)', '(2,2),(1,1)', '[(0,0),(1,1)]', '[1,10)', '(1.5,2.5]', '[2024-01-01 00:00:00,2024-01-02 00:00:00)', '[2024-01-01 00:00:00+00,2024-01-02 00:00:00+00)',
    '[2024-01-01,2024-02-01)', '[1,10000000000)', 'a fat cat', 4294967295, 'it''s', 7,
    '{1,NULL,3}', '{"a,b",NULL,"c\\"d"}', '{1.50,NULL}', '{"2024-03-10 01:02:03.5+00"}', '{2024-02-29}', '{6f1b0a4e-0b1f-4f0e-9d43-2b3a5a0f8a11}', '{t,f}', '{"{\\"a\\": 1}"}',
    '16/B374D848', '(3,4)')`,
  "INSERT INTO kinds (id) VALUES (2)",
  `INSERT INTO kinds (id, a_float8, a_float4, a_date, a_timestamp, a_timestamptz, a_numeric, a_interval, a_int4range, some_int4)
   VALUES (3, '-infinity', '-0', 'infinity', '-infinity', 'infinity', 1e-10, '-1 year 5 mons', 'empty', '{}')`,
  "BEGIN; INSERT INTO parcels VALUES (5, 'fifth'); TRUNCATE parcels, remarks; INSERT INTO parcels VALUES (6, 'sixth'); COMMIT",
];
