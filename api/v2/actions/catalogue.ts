import type { Catalogue } from "../../action.ts";
import { addToShoppingList } from "./add-to-shopping-list.ts";
import { adjustStockQuantity } from "./adjust-stock-quantity.ts";
import { consumePart } from "./consume-part.ts";
import { generatePartLabels } from "./generate-part-labels.ts";
import { receivePart } from "./receive-part.ts";
import { requestLabelOutput } from "./request-label-output.ts";
import { transferPart } from "./transfer-part.ts";
import { viewLowStock } from "./view-low-stock.ts";
import { viewPartDetails } from "./view-part-details.ts";
import { writeOffPart } from "./write-off-part.ts";

/**
 * What v2 can do. Handlers are looked up here at request time: a rehearsal's fault replaces one, and the pipeline
 * around it stays the product's. Source: domain.md, "Actions".
 */
export const v2Actions: Catalogue = {
  view_part_details: viewPartDetails,
  view_low_stock: viewLowStock,
  receive_part: receivePart,
  consume_part: consumePart,
  transfer_part: transferPart,
  add_to_shopping_list: addToShoppingList,
  adjust_stock_quantity: adjustStockQuantity,
  write_off_part: writeOffPart,
  generate_part_labels: generatePartLabels,
  request_label_output: requestLabelOutput,
};
