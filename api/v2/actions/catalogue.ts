import type { Catalogue } from "../../action.ts";
import { adjustStockQuantity } from "./adjust-stock-quantity.ts";
import { consumePart } from "./consume-part.ts";
import { receivePart } from "./receive-part.ts";
import { viewLowStock } from "./view-low-stock.ts";
import { viewPartDetails } from "./view-part-details.ts";

/**
 * What v2 can do. Handlers are looked up here at request time: a rehearsal's fault replaces one, and the pipeline
 * around it stays the product's. Source: domain.md, "Actions".
 */
export const v2Actions: Catalogue = {
  view_part_details: viewPartDetails,
  view_low_stock: viewLowStock,
  receive_part: receivePart,
  consume_part: consumePart,
  adjust_stock_quantity: adjustStockQuantity,
};
