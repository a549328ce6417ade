import { decodePDFRawStream, PDFDocument, type PDFRawStream } from "@cantoo/pdf-lib";
import bwip from "bwip-js/generic";
import { describe, expect, test } from "vitest";
import { code128Bars, fitsCode128, type Point, qrCode } from "../../../api/labels/barcode.ts";
import type { LabelPart } from "../../../api/labels/label.ts";
import { labelFormats, labelsPerPage } from "../../../api/labels/label-format.ts";
import { labelPdf } from "../../../api/labels/label-pdf.ts";
import { buckets } from "../../../api/storage/buckets.ts";

const idOf = (index: number) => `a1b2c3d4-e5f6-4a7b-8c9d-${String(index).padStart(12, "0")}`;
const partOf = (index: number, more: Partial<LabelPart> = {}): LabelPart => ({
  part_id: idOf(index),
  name: `Oil filter ${index}`,
  part_number: `OF-${index}`,
  location: "Engine room",
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, index) => partOf(index));

/** What each page writes, line by line, in the characters of WinAnsi. */
async function textsOf(pdf: Uint8Array): Promise<string[][]> {
  const document = await PDFDocument.load(pdf);
  return document.getPages().map((page) => {
    const contents = page.node.Contents();
    const streams = contents && "asArray" in contents ? contents.asArray() : [contents];
    const text = streams
      .map((each) => document.context.lookup(each as never))
      .map((stream) => Buffer.from(decodePDFRawStream(stream as PDFRawStream).decode()).toString("latin1"))
      .join("\n");
    return [...text.matchAll(/<([0-9A-Fa-f]*)> Tj/g)].map(([, hex]) =>
      new TextDecoder("windows-1252").decode(Buffer.from(hex ?? "", "hex")),
    );
  });
}

/** Whether the point is inside, by the even-odd rule. */
function isFilled(outlines: readonly (readonly Point[])[], [x, y]: Point): boolean {
  let crossings = 0;
  for (const outline of outlines) {
    outline.forEach(([x1, y1], index) => {
      const [x2, y2] = outline[(index + 1) % outline.length]!;
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) crossings++;
    });
  }
  return crossings % 2 === 1;
}

describe("a sheet", () => {
  test("of A4 holds at least 30 labels, and the next one begins a new page", async () => {
    expect(labelsPerPage("a4")).toBeGreaterThanOrEqual(30);
    const perPage = labelsPerPage("a4");
    const pages = await textsOf(await labelPdf(many(perPage + 1), "a4", true));
    const labels = pages.map((texts) => texts.filter((text) => /^OF-\d+$/.test(text)).length);
    expect(labels).toEqual([perPage, 1]);
  });

  test("of a thermal printer holds one label of 62 x 29 mm", async () => {
    const document = await PDFDocument.load(await labelPdf(many(3), "thermal", true));
    expect(document.getPageCount()).toBe(3);
    const { width, height } = document.getPage(0).getSize();
    expect([width, height].map((points) => Math.round((points / 72) * 25.4))).toEqual([62, 29]);
  });

  test.each(Object.entries(labelFormats))("%s fits its page", (_, { page, label, columns, rows }) => {
    expect(label.width * columns).toBeLessThanOrEqual(page.width);
    expect(label.height * rows).toBeLessThanOrEqual(page.height);
  });

  test("of 200 labels is far below the bucket's limit, and the same bytes each time", async () => {
    const [first, second] = [await labelPdf(many(200), "a4", true), await labelPdf(many(200), "a4", true)];
    expect(first.length).toBeLessThan(buckets["pms-label-pdfs"].largestBytes / 2);
    expect(Buffer.from(first).equals(second)).toBe(true);
  });
});

describe("a label", () => {
  const written = async (more: Partial<LabelPart>, includeQr = true) =>
    (await textsOf(await labelPdf([partOf(1, more)], "a4", includeQr)))[0]!;

  test("shows part number, name and location", async () => {
    expect(await written({})).toEqual(["OF-1", "Oil filter 1", "Engine room"]);
    expect(await written({ part_number: null, location: null })).toEqual(["Oil filter 1"]);
  });

  test("breaks a long name between words onto two lines and cuts it with an ellipsis", async () => {
    const name =
      "Impeller kit for the raw water pump of the port side main engine including gasket and grease";
    const [, first, second] = await written({ name });
    expect(name.startsWith(`${first} ${second!.replace("…", "")}`)).toBe(true);
    expect(second).toMatch(/…$/);
    const word = "x".repeat(300);
    expect(await written({ name: word, location: word })).toEqual([
      "OF-1",
      expect.stringMatching(/^x+…$/),
      expect.stringMatching(/^x+…$/),
    ]);
  });

  test("has more room for the name without a QR code", async () => {
    const name = "Impeller kit for the raw water pump";
    expect(await written({ name }, false)).toContain(name);
    expect(await written({ name }, true)).not.toContain(name);
  });

  test.each([
    ["Ölfilter Größe 3 – ½ €", "Ölfilter Größe 3 – ½ €"],
    ["Čerpadlo Łódź Ő ş ı", "Cerpadlo Lódz O s i"],
    ["Насос", "?????"],
    ["発電機 🛥", "??? ?"],
    ["a\u0000b\tc\nd", "a?b c d"],
    ["\u202eabc", "?abc"],
  ])("prints %j as far as the font has it", async (name, shown) => {
    expect(await written({ name })).toContain(shown);
  });
});

describe("a barcode", () => {
  test("is the QR code of the part id, module by module", () => {
    const code = qrCode(idOf(7));
    const [expected] = bwip.raw("qrcode", idOf(7), "eclevel=M version=3") as unknown as [
      { pixs: number[]; pixx: number; pixy: number },
    ];
    expect(code.width / 2).toBe(expected.pixx);
    const drawn = expected.pixs.map((_, index) => {
      const [column, row] = [index % expected.pixx, Math.floor(index / expected.pixx)];
      return isFilled(code.outlines, [column * 2 + 1.01, row * 2 + 1.02]) ? 1 : 0;
    });
    expect(drawn).toEqual([...expected.pixs]);
  });

  test("is the Code 128 of the part number, bar by bar", () => {
    const bars = code128Bars("1R-1808/A");
    const [expected] = bwip.raw("code128", "1R-1808/A", "") as unknown as [{ sbs: number[] }];
    const drawn = expected.sbs.flatMap((width, index) => Array<number>(width).fill(index % 2 === 0 ? 1 : 0));
    expect(bars.width / 2).toBe(drawn.length);
    const seen = drawn.map((_, module) =>
      isFilled(bars.outlines, [module * 2 + 1, bars.height / 2]) ? 1 : 0,
    );
    expect(seen).toEqual(drawn);
  });

  test("is left out where Code 128 cannot hold the text or a reader could not read it", async () => {
    expect(["OF-100", "ЖК-7", ""].map(fitsCode128)).toEqual([true, false, false]);
    const size = async (part_number: string) =>
      (await labelPdf([partOf(1, { part_number })], "a4", false)).length;
    expect(await size("A-VERY-LONG-PART-NUMBER-OF-48-CHARACTERS-2026-XL")).toBeLessThan(
      await size("OF-100-2026-XL"),
    );
  });
});
