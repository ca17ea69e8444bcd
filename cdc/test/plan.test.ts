import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PlanFileError } from "@strangler/platform";
import { getStream, getStreamAddresses, readStreams } from "../src/index.ts";
import { streamsJsonSchema } from "../src/plan/json-schema.ts";

describe("plan/streams.yaml", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "streams-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const good = `
streams:
  parcels:
    source: shop
    target: shelf
    tables:
      - from: public.parcels
        to: public.boxes
        key: [id]
        where: { expression: "gone IS NULL", from: [gone] }
        columns:
          id: id
          title: name
          price: { expression: "cents / 100.0", from: [cents] }
`;
  const read = async (text: string) => {
    const file = path.join(folder, "streams.yaml");
    await writeFile(file, text);
    return readStreams(file);
  };
  const complaint = async (text: string) => {
    const error: unknown = await read(text).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(PlanFileError);
    return (error as PlanFileError).message.replaceAll(`${folder}/`, "");
  };

  test("tells which tables travel, under which names", async () => {
    const [stream] = await read(good);

    expect(stream).toMatchObject({ name: "parcels", source: "shop", target: "shelf" });
    expect(stream?.tables[0]).toMatchObject({ key: ["id"], columns: { title: "name" } });
  });

  test.each([
    ["tables:", "tabels:", /streams.yaml:6:5: "tabels" is not known in streams.parcels. Did you mean "tables"\?/],
    ["key: [id]", "key: []", /streams.yaml:9:9: streams.parcels.tables.0.key: /],
    [
      "key: [id]",
      "key: [idd]",
      /streams.yaml:9:15: the key "idd" is not among the columns of public.boxes. Did you mean "id"\?/,
    ],
    ["key: [id]", "key: [price]", /streams.yaml:9:15: the key "price" is an expression/],
    ["from: public.parcels", "from: parcels", /streams.yaml:7:9: .*must be "schema.table"/],
    ["from: [gone]", "frm: [gone]", /streams.yaml:10:46: "frm" is not known .*Did you mean "from"\?/],
    ["target: shelf", "target: shop", /streams.yaml:5:5: the target of "parcels" is its source/],
    ["parcels:\n", "Parcels:\n", /streams.yaml:3:3: .*/],
    ["  source: shop", "  source: [", /streams.yaml:\d+:\d+: not valid YAML/],
  ])("complains of %j written as %j with line, column and reason", async (right, wrong, expected) => {
    expect(await complaint(good.replace(right, wrong))).toMatch(expected);
  });

  test("complains of a table that two entries write", async () => {
    const twice = good + good.slice(good.indexOf("      - from"));

    expect(await complaint(twice)).toMatch(/16:9: public.boxes is already written by this stream/);
  });

  test("complains of a file that is not there", async () => {
    await expect(readStreams(path.join(folder, "none.yaml"))).rejects.toThrow(/none.yaml: cannot be read/);
  });

  test("names the streams there are when one is asked for that is not", async () => {
    const streams = await read(good);

    expect(() => getStream(streams, "parcel", "streams.yaml")).toThrow(
      'There is no stream "parcel" in streams.yaml. Did you mean "parcels"?',
    );
  });

  test("has a JSON Schema that is current", async () => {
    const file = path.join(import.meta.dirname, "../../plan/schema/streams.schema.json");

    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(streamsJsonSchema())));
  });
});

describe("a stream's addresses", () => {
  const plan = { name: "parcels", source: "shop", target: "our-shelf", tables: [] };

  test("come from the environment, with roles of their own where these are set", () => {
    expect(
      getStreamAddresses(plan, {
        STRANGLER_DATABASE_SHOP_URL: "postgres://owner@a/shop",
        STRANGLER_CAPTURE_SHOP_URL: "postgres://capture@a/shop",
        STRANGLER_DATABASE_OUR_SHELF_URL: "postgres://owner@b/shelf",
      }),
    ).toEqual({
      source: "postgres://owner@a/shop",
      capture: "postgres://capture@a/shop",
      target: "postgres://owner@b/shelf",
      apply: "postgres://owner@b/shelf",
    });
  });

  test("that are missing are named by their variable", () => {
    expect(() => getStreamAddresses(plan, {})).toThrow(/STRANGLER_DATABASE_SHOP_URL=/);
  });
});
