/** Barcodes as shapes, so that a PDF draws them sharp at any size. */
import { code128, type DrawingContext, qrcode, type RenderOptions } from "bwip-js/generic";

export type Point = readonly [x: number, y: number];

/** Outlines to be filled by the even-odd rule, in half modules; y grows downwards. There is no quiet zone. */
export interface Barcode {
  readonly width: number;
  readonly height: number;
  readonly outlines: readonly (readonly Point[])[];
}

/**
 * A QR code of up to 42 bytes, level M: it reads with 15 % of it lost. Always version 3, 29 modules: all labels look
 * alike, and not looking for the smallest version takes a third off the time.
 */
export function qrCode(text: string): Barcode {
  return qrcode({ bcid: "qrcode", text, eclevel: "M", version: "3", scale: 1 } as RenderOptions, shapes());
}

/** Whether Code 128 can hold the text: what a reader types as is. */
export function fitsCode128(text: string): boolean {
  return /^[\x20-\x7e]{1,48}$/.test(text);
}

/** A Code 128 of any height: its bars are as high as they are stretched. */
export function code128Bars(text: string): Barcode {
  return code128({ bcid: "code128", text, scale: 2, height: 10 } as RenderOptions, shapes());
}

// What bwip-js draws on. Text is never drawn on it: the label writes its own, with its own font.
function shapes(): DrawingContext<Barcode> {
  const outlines: Point[][] = [];
  let size = { width: 0, height: 0 };
  return {
    scale: () => null,
    measure: () => ({ width: 0, ascent: 0, descent: 0 }),
    init: (width, height) => {
      size = { width, height };
    },
    line: (x, y0, _x, y1, thickness) => void outlines.push(bar(x - thickness / 2, y0, x + thickness / 2, y1)),
    polygon: (points) => void outlines.push(points as Point[]),
    hexagon: () => {},
    ellipse: () => {},
    fill: () => {},
    clip: () => {},
    unclip: () => {},
    text: () => {},
    end: () => ({ ...size, outlines }),
  } as DrawingContext<Barcode>;
}

function bar(left: number, top: number, right: number, bottom: number): Point[] {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}
