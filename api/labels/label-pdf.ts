import { PDFDocument, type PDFPage, StandardFonts } from "@cantoo/pdf-lib";
import { drawLabel, type LabelFonts, type LabelPart } from "./label.ts";
import {
  type LabelFormat,
  type LabelFormatName,
  labelFormats,
  labelsPerPage,
  millimetre,
} from "./label-format.ts";

/** No clock: the same parts give the same bytes, and so the same hash. */
const made = new Date(0);

/**
 * The labels of these parts, in their order, as a PDF. With `includeQr` each carries a QR code of its part id.
 * About 6 ms of CPU and 2.5 KB a label with QR code.
 */
export async function labelPdf(
  parts: readonly LabelPart[],
  format: LabelFormatName,
  includeQr: boolean,
): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle("Part labels");
  document.setCreator("Part Lens");
  document.setCreationDate(made);
  const fonts: LabelFonts = {
    plain: await document.embedFont(StandardFonts.Helvetica),
    bold: await document.embedFont(StandardFonts.HelveticaBold),
  };
  for (let first = 0; first < parts.length; first += labelsPerPage(format)) {
    const page = document.addPage(pageSize(labelFormats[format]));
    drawPage(page, fonts, parts.slice(first, first + labelsPerPage(format)), labelFormats[format], includeQr);
  }
  return document.save();
}

function pageSize({ page }: LabelFormat): [number, number] {
  return [page.width * millimetre, page.height * millimetre];
}

function drawPage(
  page: PDFPage,
  fonts: LabelFonts,
  parts: readonly LabelPart[],
  format: LabelFormat,
  includeQr: boolean,
): void {
  const { label, columns, rows } = format;
  const [left, top] = [
    (format.page.width - columns * label.width) / 2,
    (format.page.height - rows * label.height) / 2,
  ];
  parts.forEach((part, index) => {
    const x = left + (index % columns) * label.width;
    const y = format.page.height - top - (Math.floor(index / columns) + 1) * label.height;
    const place = { x, y, ...label, padding: format.padding, frame: format.frame };
    drawLabel(page, fonts, part, place, includeQr);
  });
}
