import type { Catalogue } from "../../action.ts";
import { adjustStockQuantity } from "./adjust-stock-quantity.ts";
import { consumePart } from "./consume-part.ts";
import { receivePart } from "./receive-part.ts";
import { transferPart } from "./transfer-part.ts";
import { viewLowStock } from "./view-low-stock.ts";
import { viewPartDetails } from "./view-part-details.ts";
import { writeOffPart } from "./write-off-part.ts";

/**
 * What v1 can do, under the canonical router's names and payloads: the lens sends it the same commands as v2, so a
 * retry after the version changed has the same payload hash and is known again.
 */
export const v1Actions: Catalogue = {
  view_part_details: viewPartDetails,
  view_low_stock: viewLowStock,
  receive_part: receivePart,
  consume_part: consumePart,
  transfer_part: transferPart,
  adjust_stock_quantity: adjustStockQuantity,
  write_off_part: writeOffPart,
};
