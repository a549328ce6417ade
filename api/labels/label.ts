import {
  closePath,
  fillEvenOdd,
  lineTo,
  moveTo,
  type PDFFont,
  type PDFOperator,
  type PDFPage,
  popGraphicsState,
  pushGraphicsState,
  rgb,
  setFillingGrayscaleColor,
} from "@cantoo/pdf-lib";
import { type Barcode, code128Bars, fitsCode128, qrCode } from "./barcode.ts";
import { fitted, fittedLines } from "./fitted-text.ts";
import { millimetre } from "./label-format.ts";

/** What is printed of a part. */
export interface LabelPart {
  readonly part_id: string;
  readonly name: string;
  readonly part_number?: string | null;
  readonly location?: string | null;
}

export interface LabelFonts {
  readonly plain: PDFFont;
  readonly bold: PDFFont;
}

/** Where a label is on its page, in millimetres from the lower left corner. */
export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly padding: number;
  readonly frame: boolean;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Four modules of white around a QR code are in its standard; its version 3 has 29 modules. */
const qrSize = 21;
const qrQuiet = 3;
/** Modules of white that Code 128 needs on either side; left of it is the QR code's gap or the label's edge. */
const barQuiet = 10;
/** Below that many millimetres a module, hand-held readers fail. */
const narrowestModule = 0.19;
const widestModule = 0.33;
const barHeight = 5;
const lineGap = 1.2;
const frameGray = 0.75;

/** Draws one label: QR code left, then part number, name and location, with the part number's bars below. */
export function drawLabel(
  page: PDFPage,
  fonts: LabelFonts,
  part: LabelPart,
  place: LabelPlace,
  includeQr: boolean,
): void {
  if (place.frame) drawFrame(page, place);
  const inner: Box = {
    x: place.x + place.padding,
    y: place.y + place.padding,
    width: place.width - 2 * place.padding,
    height: place.height - 2 * place.padding,
  };
  if (includeQr) drawQr(page, part.part_id, inner);
  const beside = includeQr ? qrSize + qrQuiet : 0;
  drawText(page, fonts, part, { ...inner, x: inner.x + beside, width: inner.width - beside });
}

function drawFrame(page: PDFPage, { x, y, width, height }: LabelPlace): void {
  page.drawRectangle({
    x: x * millimetre,
    y: y * millimetre,
    width: width * millimetre,
    height: height * millimetre,
    borderWidth: 0.3,
    borderColor: rgb(frameGray, frameGray, frameGray),
  });
}

function drawQr(page: PDFPage, partId: string, { x, y, height }: Box): void {
  drawBarcode(page, qrCode(partId), { x, y: y + (height - qrSize) / 2, width: qrSize, height: qrSize });
}

function drawText(page: PDFPage, fonts: LabelFonts, part: LabelPart, box: Box): void {
  const width = box.width * millimetre;
  let top = (box.y + box.height) * millimetre;
  const write = (text: string, bold: boolean, size: number) => {
    top -= size;
    const font = bold ? fonts.bold : fonts.plain;
    page.drawText(text, { x: box.x * millimetre, y: top, size, font });
    top -= lineGap;
  };
  const number = part.part_number?.trim() ?? "";
  if (number) write(fitted(number, fonts.bold, 10, width), true, 10);
  for (const line of fittedLines(part.name, fonts.plain, 8, width, 2)) write(line, false, 8);
  if (part.location) write(fitted(part.location, fonts.plain, 7, width), false, 7);
  drawBars(page, number, box);
}

// Only where a reader could read them: a number that is too long, or not ASCII, is on the label as text alone.
function drawBars(page: PDFPage, number: string, box: Box): void {
  if (!fitsCode128(number)) return;
  const bars = code128Bars(number);
  const modules = bars.width / 2;
  const module = Math.min(widestModule, box.width / (modules + barQuiet));
  if (module < narrowestModule) return;
  drawBarcode(page, bars, { ...box, width: modules * module, height: barHeight });
}

function drawBarcode(page: PDFPage, barcode: Barcode, box: Box): void {
  const [scaleX, scaleY] = [box.width / barcode.width, box.height / barcode.height];
  const across = (x: number) => rounded((box.x + x * scaleX) * millimetre);
  const up = (y: number) => rounded((box.y + (barcode.height - y) * scaleY) * millimetre);
  const operators: PDFOperator[] = [pushGraphicsState(), setFillingGrayscaleColor(0)];
  for (const outline of barcode.outlines) {
    outline.forEach(([x, y], index) => {
      operators.push((index === 0 ? moveTo : lineTo)(across(x), up(y)));
    });
    operators.push(closePath());
  }
  page.pushOperators(...operators, fillEvenOdd(), popGraphicsState());
}

// A thousandth of a point is finer than any printer, and half as long.
function rounded(points: number): number {
  return Math.round(points * 1000) / 1000;
}
