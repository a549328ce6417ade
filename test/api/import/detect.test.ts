import { expect, test } from "vitest";
import { decodeExport, detectTable, UnreadableInventory } from "../../../api/import/detect.ts";
import { fieldNames, fieldOf, fields, plainHeader } from "../../../api/import/fields.ts";

test("every spelling belongs to one field", () => {
  const spellings = fieldNames.flatMap((name) => fields[name].spellings.map(plainHeader));
  expect(new Set(spellings).size).toBe(spellings.length);
});

test.each([
  ["Part ID", "externalId"],
  ["PART_NAME", "name"],
  ["Part No.", "partNumber"],
  ["R.O.B.", "onHand"],
  ["Min. Qty", "minLevel"],
  ["Maker", "manufacturer"],
  ["U/M", "unit"],
  ["Last Order Date", "lastOrdered"],
  ["Colour", undefined],
] as const)("the header %s is read as %s", (header, field) => {
  expect(fieldOf(header)).toBe(field);
});

test.each([",", ";", "\t", "|"] as const)("a table delimited by %j is found", (delimiter) => {
  const text = [
    ["part_id", "part_name", "rob_qty"],
    ["1", "Filter", "2"],
  ];
  const table = detectTable(text.map((row) => row.join(delimiter)).join("\r\n"));
  expect(table.delimiter).toBe(delimiter);
  expect(table.rows).toEqual([{ line: 2, cells: ["1", "Filter", "2"] }]);
});

test("lines of metadata may stand above the header, and lines are counted as the file has them", () => {
  const table = detectTable(
    "Vessel,M/Y Example\nExported on,2025-01-02\n\npart_id,part_name\n\nA,Pump\n,,\nB,Seal\n",
  );
  expect(table.headerLine).toBe(4);
  expect(table.rows.map(({ line }) => line)).toEqual([6, 8]);
});

test("a quoted cell may hold the delimiter, quotes and a line break", () => {
  const table = detectTable('part_id,part_name\nA,"Pump, ""big""\nand heavy"\nB,Seal\n');
  expect(table.rows[0]!.cells[1]).toBe('Pump, "big"\nand heavy');
  expect(table.rows[1]!.line).toBe(4);
});

test("of two columns that could hold a field the spelling named first wins, the other is left alone", () => {
  const table = detectTable("id,part_id,name\nrow 1,A,Pump\n");
  expect(table.columns.get("externalId")).toBe(1);
});

test("columns that are not ours are named", () => {
  expect(detectTable("part_id,part_name,colour\nA,Pump,red\n").ignored).toEqual(["colour"]);
});

test("a file without a header row is refused with the columns that were looked for", () => {
  expect(() => detectTable("hello\nworld\n")).toThrow(UnreadableInventory);
  expect(() => detectTable("hello\nworld\n")).toThrow(/no header row.*part_id.*part_name/s);
  expect(() => detectTable("part_name,maker\nPump,X\n")).toThrow(/no column for: part_id/);
  expect(() => detectTable("")).toThrow(UnreadableInventory);
});

test("a quote that is never closed is reported as that", () => {
  expect(() => detectTable('part_id,part_name\nA,"Pump\n')).toThrow(/Quote Not Closed/);
});

test("UTF-8, UTF-16 and Windows-1252 are told apart", () => {
  const text = "part_id,part_name\nA,Dichtung für Kühler\n";
  expect(decodeExport(Buffer.from(text, "utf8"))).toBe(text);
  expect(decodeExport(Buffer.from(text, "latin1"))).toBe(text);
  expect(decodeExport(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]))).toBe(text);
});

test("a byte order mark is no part of the first header", () => {
  expect(
    detectTable(decodeExport(Buffer.from("\ufeffpart_id,part_name\nA,Pump\n"))).columns.has("externalId"),
  ).toBe(true);
});
