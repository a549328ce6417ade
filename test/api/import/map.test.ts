import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { calendarDateOf, dateOrderOf } from "../../../api/import/calendar-date.ts";
import { decodeExport } from "../../../api/import/detect.ts";
import { readInventory } from "../../../api/import/map.ts";
import { decimalMarkOf, quantityOf } from "../../../api/import/quantity.ts";
import { unitOf } from "../../../api/import/unit.ts";

const root = join(import.meta.dirname, "../../..");
const sample = join(root, "infra/local/rehearsal/sample-inventory.csv");
const shared = join(process.env.PART_LENS_SHARED ?? join(root, "../shared"), "data/seahub_inventory.csv");

test.each([
  ["each", "ea"],
  ["EA", "ea"],
  ["pcs.", "ea"],
  ["", "ea"],
  ["Ltr", "L"],
  ["KG", "kg"],
  ["bottles", "bottle"],
  ["Coil", "coil"],
] as const)("the unit %j is stored as %s", (cell, unit) => {
  expect(unitOf(cell)).toBe(unit);
});

test.each([
  ["25.0", ".", 25],
  ["12.5", ".", 12.5],
  ["12,5", ",", 12.5],
  ["1,200.5", ".", 1200.5],
  ["1.200,5", ",", 1200.5],
  ["1 200", ".", 1200],
  [".5", ".", 0.5],
  ["0.001", ".", 0.001],
] as const)("the quantity %j with the decimal mark %j is %d", (cell, mark, value) => {
  expect(quantityOf(cell, mark)).toBe(value);
});

test.each(["-1", "abc", "1.2.3", "1,2,3", "12 pcs", "1e3", ".", "0.0001", "9999999999"])(
  "%j is no quantity",
  (cell) => {
    expect(quantityOf(cell, ".")).toBeUndefined();
  },
);

test("any quantity with up to three decimals survives both ways of writing it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e11 }),
      fc.constantFrom("." as const, "," as const),
      (ticks, mark) => {
        const value = ticks / 1000;
        const grouped = value.toLocaleString(mark === "." ? "en-US" : "de-DE", { maximumFractionDigits: 3 });
        expect(quantityOf(grouped, mark)).toBe(value);
      },
    ),
  );
});

test("the first cell that leaves no doubt decides the decimal mark of a file", () => {
  expect(decimalMarkOf(["3", "1,200", "12,5"], ".")).toBe(",");
  expect(decimalMarkOf(["1,200", "1,200.5"], ",")).toBe(".");
  expect(decimalMarkOf(["1,200"], ",")).toBe(",");
  expect(decimalMarkOf(["1.000.000"], ".")).toBe(",");
  expect(decimalMarkOf(["0.125"], ",")).toBe(".");
});

test.each([
  ["2024-11-15", "dayFirst", "2024-11-15"],
  ["2024-11-15 08:30", "dayFirst", "2024-11-15"],
  ["15/11/2024", "dayFirst", "2024-11-15"],
  ["11/15/2024", "monthFirst", "2024-11-15"],
  ["15.11.24", "dayFirst", "2024-11-15"],
  ["15-Nov-2024", "dayFirst", "2024-11-15"],
  ["15 November 2024", "dayFirst", "2024-11-15"],
  ["Nov 15, 2024", "dayFirst", "2024-11-15"],
  ["29/02/2024", "dayFirst", "2024-02-29"],
] as const)("the date %j (%s) is %s", (cell, order, date) => {
  expect(calendarDateOf(cell, order)).toBe(date);
});

test.each(["30/02/2024", "2024-13-01", "29.02.2023", "soon", "15 Foo 2024"])("%j is no date", (cell) => {
  expect(calendarDateOf(cell, "dayFirst")).toBeUndefined();
});

test("the order of day and month is that of the first date that can be read one way only", () => {
  expect(dateOrderOf(["03/04/2024", "04/25/2024"])).toBe("monthFirst");
  expect(dateOrderOf(["03/04/2024", "25/04/2024"])).toBe("dayFirst");
  expect(dateOrderOf(["03/04/2024"])).toBe("dayFirst");
});

test("a bad row is reported by its line and refused, a bad date only loses the date", () => {
  const text = [
    "part_id,part_name,rob_qty,min_qty,last_ordered",
    "A,Pump,2,1,2024-02-31",
    "B,Seal,many,1,",
    ",Nameless,1,1,",
    "D,,1,1,",
    "A,Pump again,9,1,",
    "E,Belt,-1,1,",
    "F,Hose,,,",
  ].join("\n");
  const { parts, problems } = readInventory(text);
  expect(parts.map(({ externalId }) => externalId)).toEqual(["A", "F"]);
  expect(parts[0]).toMatchObject({ name: "Pump", onHand: 2, lastOrdered: null });
  expect(problems.map(({ line, field, refused }) => [line, field, refused])).toEqual([
    [2, "lastOrdered", false],
    [3, "onHand", true],
    [4, "externalId", true],
    [5, "name", true],
    [6, "externalId", true],
    [7, "onHand", true],
  ]);
  expect(problems[4]!.message).toBe("part A stands on line 2 already");
});

test("empty cells are not zeros: the stock is unknown, the least stock 0, orders are by the piece", () => {
  const { parts } = readInventory("part_id,part_name,rob_qty,min_qty,reorder_multiple,maker\nA,Pump,,,,\n");
  expect(parts[0]).toMatchObject({
    onHand: null,
    minLevel: 0,
    reorderMultiple: 1,
    manufacturer: null,
    unit: "ea",
  });
});

test("a European export is read by its own conventions", () => {
  const { parts, problems } = readInventory(
    "Item ID;Item Name;ROB;Min. Stock;UoM;Critical;Last Order\nX1;Öl;1.200,5;300;Ltr;Yes;03.04.2024\n",
  );
  expect(problems).toEqual([]);
  expect(parts[0]).toMatchObject({
    name: "Öl",
    onHand: 1200.5,
    minLevel: 300,
    unit: "L",
    isCritical: true,
    lastOrdered: "2024-04-03",
  });
});

test("our own sample is read whole, with its decimals and its empty cells", () => {
  const { table, parts, problems } = readInventory(decodeExport(readFileSync(sample)));
  expect(problems).toEqual([]);
  expect(table.ignored).toEqual([]);
  expect(parts).toHaveLength(60);
  expect(parts.filter(({ onHand }) => onHand !== null && !Number.isInteger(onHand)).length).toBeGreaterThan(
    10,
  );
  expect(parts.some(({ lastOrdered }) => lastOrdered === null)).toBe(true);
  expect(parts.some(({ manufacturer }) => manufacturer === null)).toBe(true);
  expect(parts.find(({ name }) => name === "Refrigerant R134a")).toMatchObject({
    unit: "kg",
    onHand: 21.4,
    minLevel: 13.6,
  });
});

const found = existsSync(shared);
if (!found)
  console.log(`skipped: no shared inventory at ${shared}; set PART_LENS_SHARED to the folder that has data/`);

test.skipIf(!found)("the export made elsewhere is read whole, and has the columns of our sample", () => {
  const text = decodeExport(readFileSync(shared));
  const { table, parts, problems } = readInventory(text);
  expect(problems).toEqual([]);
  expect(table.ignored).toEqual([]);
  expect(parts).toHaveLength(text.trim().split("\n").length - 1);
  expect(parts.find(({ unit }) => unit === "kg")).toMatchObject({ onHand: 25, minLevel: 12.5 });
  expect(parts.some(({ equipmentId }) => equipmentId === null)).toBe(true);
  expect(text.split("\n", 1)).toEqual(readFileSync(sample, "utf8").split("\n", 1));
});
