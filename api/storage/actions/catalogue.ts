import type { Catalogue } from "../../action.ts";
import { confirmObject } from "./confirm-object.ts";
import { deleteObject } from "./delete-object.ts";
import { listObjects } from "./list-objects.ts";
import { registerObject } from "./register-object.ts";
import { viewObject } from "./view-object.ts";

/** What can be done with objects, by routes of their own: the canonical router does not have these. */
export const storageActions: Catalogue = {
  register_object: registerObject,
  confirm_object: confirmObject,
  view_object: viewObject,
  list_objects: listObjects,
  delete_object: deleteObject,
};
